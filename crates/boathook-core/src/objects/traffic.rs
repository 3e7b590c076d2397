//! Traffic as Knative writes it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::deployment::{RevisionName, Split, TAG};

/// One entry of `spec.traffic` or `status.traffic`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Target {
    /// The revision by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_name: Option<String>,
    /// Whether it follows the latest ready revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_revision: Option<bool>,
    /// Its percentage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// A name under which the revision has a URL of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// That URL; in status only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The whole of `spec.traffic`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Traffic(pub Vec<Target>);

/// Tags that others put on the service: they stay, at 0 %.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeptTargets(Vec<Target>);

impl Target {
    fn named(revision: &RevisionName, percent: u8, tag: Option<&str>) -> Self {
        Self {
            revision_name: Some(revision.to_string()),
            latest_revision: Some(false),
            percent: Some(percent),
            tag: tag.map(str::to_owned),
            url: None,
        }
    }

    /// The entry without what status adds to it and Knative defaults in it.
    fn plain(&self) -> Self {
        let latest = self.latest_revision.unwrap_or(self.revision_name.is_none());
        Self {
            revision_name: self.revision_name.clone().filter(|_| !latest),
            latest_revision: Some(latest),
            percent: Some(self.share()),
            tag: self.tag.clone(),
            url: None,
        }
    }

    fn share(&self) -> u8 {
        self.percent.unwrap_or(0)
    }
}

impl KeptTargets {
    /// The tags in `traffic` that are not boathook's.
    #[must_use]
    pub fn of(traffic: &Traffic) -> Self {
        let foreign = |target: &&Target| target.tag.as_deref().is_some_and(|tag| tag != TAG);
        Self(
            traffic
                .0
                .iter()
                .filter(foreign)
                .map(|target| Target { percent: Some(0), url: None, ..target.clone() })
                .collect(),
        )
    }

    /// The revisions that they name, each once.
    #[must_use]
    pub fn revisions(&self) -> BTreeSet<RevisionName> {
        self.0
            .iter()
            .filter_map(|target| RevisionName::parse(target.revision_name.as_deref()?).ok())
            .collect()
    }

    /// Those that do not name this revision, and the tags of those that do.
    #[must_use]
    pub fn without(self, revision: &RevisionName) -> (Self, Vec<String>) {
        let (named, rest): (Vec<_>, Vec<_>) = self
            .0
            .into_iter()
            .partition(|target| target.revision_name.as_deref() == Some(revision.as_str()));
        (Self(rest), named.into_iter().filter_map(|target| target.tag).collect())
    }
}

impl Traffic {
    /// All traffic on one revision, by name.
    #[must_use]
    pub fn all_on(revision: &RevisionName, kept: &KeptTargets) -> Self {
        Self(
            std::iter::once(Target::named(revision, 100, None))
                .chain(kept.0.iter().cloned())
                .collect(),
        )
    }

    /// Stable and candidate, the candidate under boathook's tag; stable stays named at 0 %, so that
    /// Knative does not delete it.
    #[must_use]
    pub fn split(split: &Split, kept: &KeptTargets) -> Self {
        let stable = Target::named(&split.stable, split.percent.rest().get(), None);
        let candidate = Target::named(&split.candidate, split.percent.get(), Some(TAG));
        Self([stable, candidate].into_iter().chain(kept.0.iter().cloned()).collect())
    }

    /// All traffic on `to`; what served before stays named, so that Knative does not delete it.
    #[must_use]
    pub fn handed_over(from: &RevisionName, to: &RevisionName, kept: &KeptTargets) -> Self {
        let targets = [Target::named(to, 100, None), Target::named(from, 0, None)];
        Self(targets.into_iter().chain(kept.0.iter().cloned()).collect())
    }

    /// All traffic on the latest ready revision: only if nothing serves yet.
    #[must_use]
    pub fn latest(kept: &KeptTargets) -> Self {
        let latest =
            Target { latest_revision: Some(true), percent: Some(100), ..Target::default() };
        Self(std::iter::once(latest).chain(kept.0.iter().cloned()).collect())
    }

    /// Whether both give the same revisions the same shares under the same tags; URLs and absent
    /// zeros do not count.
    #[must_use]
    pub fn routes_as(&self, other: &Self) -> bool {
        let plain =
            |traffic: &Self| -> Vec<Target> { traffic.0.iter().map(Target::plain).collect() };
        plain(self) == plain(other)
    }

    /// The target with boathook's tag.
    #[must_use]
    pub fn tagged(&self) -> Option<&Target> {
        self.0.iter().find(|target| target.tag.as_deref() == Some(TAG))
    }

    /// The share of requests that goes to `revision`, over all entries that name it.
    #[must_use]
    pub fn share_of(&self, revision: &RevisionName) -> u8 {
        self.0
            .iter()
            .filter(|target| target.revision_name.as_deref() == Some(revision.as_str()))
            .fold(0, |sum, target| sum.saturating_add(target.share()))
    }

    /// Whether it names nothing but these revisions and the tags kept.
    #[must_use]
    pub fn names_only(&self, revisions: &[&RevisionName], kept: &KeptTargets) -> bool {
        let ours = |target: &Target| {
            revisions.iter().any(|name| target.revision_name.as_deref() == Some(name.as_str()))
        };
        let kept = |target: &Target| kept.0.iter().any(|other| other.plain() == target.plain());
        self.0.iter().all(|target| ours(target) || kept(target))
    }

    /// Who serves, as `name 90 %, name 10 %`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let word = |target: &Target| {
            let name = target.revision_name.as_deref().unwrap_or("latest");
            format!("{name} {} %", target.share())
        };
        self.0.iter().filter(|target| target.share() > 0).map(word).collect::<Vec<_>>().join(", ")
    }
}
