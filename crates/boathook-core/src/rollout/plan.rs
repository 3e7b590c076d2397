//! A plan is data, and is in the journal before the first change.

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    deployment::{
        ChangeKind, ImageRef, ObjectChange, Percent, Promotion, RevisionName, ServiceKey,
    },
    objects::{Document, KeptTargets},
    rollout::{
        ManifestSource, Note, Step, Timeouts, Watch,
        steps::{ApplyManifests, CheckProven, Leftover},
    },
};

/// All steps of a deployment and its rollback, with the limits that held when it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The service that is changed.
    pub service: ServiceKey,
    /// The service's UID; none if the deployment creates it.
    #[serde(default)]
    pub uid: Option<String>,
    /// The container that gets the image, if its name is known; otherwise the one that serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// What serves now, if anything.
    pub stable: Option<Stable>,
    /// Tags set by others on the service; they stay.
    pub kept: KeptTargets,
    /// How long each program may take.
    pub timeouts: Timeouts,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The steps of the rollback, in order, for a failure after the service was changed.
    pub rollback: Vec<Step>,
    /// Where the manifests come from; none in plans of older programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifests: Option<ManifestSource>,
    /// Notes on the plan for operators.
    pub notes: Vec<Note>,
    /// What changes, object by object, the service first; for operators.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ObjectChange>,
    /// The promotions after a success; format 8 had one at most.
    #[serde(
        default,
        alias = "promotion",
        deserialize_with = "one_or_many",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub promotions: Vec<Promotion>,
    /// How the new revision is watched after a success, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Watch>,
}

impl Plan {
    /// The revision that served before, if any.
    #[must_use]
    pub fn stable_revision(&self) -> Option<&RevisionName> {
        self.stable.as_ref().map(|stable| &stable.revision)
    }

    /// Removes the Secrets, except for their names, so that the plan can be recorded.
    pub fn seal(&mut self) -> Vec<Document> {
        let applies = self.steps.iter_mut().filter_map(|step| match step {
            Step::ApplyManifests(apply) => Some(apply),
            _ => None,
        });
        applies.flat_map(ApplyManifests::seal).collect()
    }

    /// The plan, with a check of the digest as soon as it is known and before anything is changed.
    #[must_use]
    pub fn with_check(mut self, check: CheckProven) -> Self {
        let pulled =
            self.steps.iter().take_while(|step| matches!(step, Step::PullImage(_))).count();
        self.steps.insert(pulled, Step::CheckProven(check));
        self
    }

    /// Whether it applies the namespace of its service, which may not be there yet.
    #[must_use]
    pub fn applies_namespace(&self) -> bool {
        let is_it = |document: &Document| {
            document.is_namespace() && document.name() == self.service.namespace.as_str()
        };
        self.steps.iter().any(|step| match step {
            Step::ApplyManifests(apply) => apply.documents.iter().any(is_it),
            _ => false,
        })
    }

    /// Whether a failure of it brings back the objects beside the service.
    #[must_use]
    pub fn restores_objects(&self) -> bool {
        self.rollback.iter().any(|step| matches!(step, Step::RestoreObjects(_)))
    }

    /// Whether the apply leaves an object as it was, as far as the planning found that out.
    #[must_use]
    pub fn leaves_unchanged(&self, document: &Document) -> bool {
        let name = format!("{}/{}", document.kind(), document.name());
        self.changes.iter().any(|one| {
            one.change == ChangeKind::Unchanged
                && one.object == name
                && one.namespace.as_deref() == document.namespace()
        })
    }

    /// The plan, with what deployments that did not succeed may have left in objects.
    #[must_use]
    pub fn with_leftovers(mut self, leftovers: Vec<Leftover>) -> Self {
        for step in &mut self.rollback {
            if let Step::RestoreObjects(restore) = step {
                restore.leftovers.clone_from(&leftovers);
            }
        }
        self
    }

    /// The first step from `from` on that belongs to no stage below 100 %.
    #[must_use]
    pub fn past_lesser_stages(&self, from: usize) -> usize {
        let is_lesser = |step: &Step| match step {
            Step::ShiftTraffic(shift) => shift.percent < Percent::FULL,
            Step::Hold(hold) => hold.percent < Percent::FULL,
            _ => false,
        };
        from + self.steps.iter().skip(from).take_while(|step| is_lesser(step)).count()
    }
}

/// Reads a list, or the one thing that was there before there could be more.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Promotion>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        Many(Vec<Promotion>),
        One(Promotion),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::Many(all) => all,
        OneOrMany::One(one) => vec![one],
    })
}

/// The revision that serves before a deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stable {
    /// Its name.
    pub revision: RevisionName,
    /// The image that it runs, by digest if Knative named it.
    pub image: Option<ImageRef>,
}
