//! What the cluster has of a service before the first change.

use boathook_core::{
    deployment::{ImageRef, RevisionName},
    objects::KeptTargets,
    rollout::{Note, ServiceManifest, Stable, Topic},
};

use crate::{
    cluster::{Revision, Service},
    plan::metadata::Metadata,
};

/// A service that exists before the first change.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveService {
    /// The service.
    pub service: Service,
    /// The tags of others that cannot stay.
    pub lost: Vec<LostTag>,
    /// Which of its revisions serves.
    pub serves: Serves,
}

/// Which revision of a service serves.
#[derive(Clone, Debug, PartialEq)]
pub enum Serves {
    /// None; if one has the traffic, it cannot be stable.
    Nothing(Option<Unusable>),
    /// This one.
    Revision(Box<Serving>),
}

/// The revision that serves.
#[derive(Clone, Debug, PartialEq)]
pub struct Serving {
    /// Its name.
    pub name: RevisionName,
    /// The revision.
    pub revision: Revision,
    /// How the service's own URL answered the probe of its current manifest.
    pub answered: PriorHealth,
    /// How it answered the probe of the new manifest, which is used while both revisions serve.
    pub answered_new: PriorHealth,
}

/// A revision that a tag of someone else names, and that cannot serve: Knative then changes no
/// traffic at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostTag {
    /// The revision.
    pub revision: RevisionName,
    /// Why it cannot serve, as a sentence about it goes on.
    pub why: String,
}

/// Why the revision that has the traffic cannot be stable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It is silent, and Knative refuses to route to a revision that is not Ready.
    Unready(RevisionName),
    /// Someone deleted it; users get 404.
    Deleted(RevisionName),
}

/// How a service answered before a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriorHealth {
    /// It was healthy.
    Healthy,
    /// It answered, but was not healthy.
    Unhealthy,
    /// It did not answer.
    NoAnswer,
}

impl LiveService {
    /// The revision that serves, if one does.
    pub(super) fn serving(&self) -> Option<&Serving> {
        match &self.serves {
            Serves::Nothing(_) => None,
            Serves::Revision(serving) => Some(serving),
        }
    }

    /// The revision that has the traffic, whether it can serve or not.
    #[must_use]
    pub fn with_traffic(&self) -> Option<&RevisionName> {
        match &self.serves {
            Serves::Nothing(None) => None,
            Serves::Nothing(Some(Unusable::Unready(name) | Unusable::Deleted(name))) => Some(name),
            Serves::Revision(serving) => Some(&serving.name),
        }
    }

    /// The change of the service's own labels and annotations. `in_stages` says that a new revision
    /// gets traffic in stages, if one serves already.
    pub(super) fn metadata(&self, manifest: &ServiceManifest, in_stages: bool) -> Metadata {
        let in_stages = in_stages && self.serving().is_some();
        Metadata::of(&manifest.document, &self.service, in_stages)
    }

    /// The tags of others that stay, and notes of those that cannot: Knative changes no traffic
    /// that names a revision which cannot serve.
    pub(super) fn kept(&self) -> (KeptTargets, Vec<Note>) {
        let unusable = match &self.serves {
            Serves::Nothing(Some(Unusable::Unready(name) | Unusable::Deleted(name))) => {
                Some((name, ""))
            }
            Serves::Nothing(None) | Serves::Revision(_) => None,
        };
        let lost = self.lost.iter().map(|LostTag { revision, why }| (revision, why.as_str()));
        let mut kept = KeptTargets::of(self.service.wanted_traffic());
        let mut notes = Vec::new();
        for (revision, why) in unusable.into_iter().chain(lost) {
            let (rest, tags) = kept.without(revision);
            kept = rest;
            if !tags.is_empty() {
                notes.push(Topic::RemovedTag.note(format!(
                    "{revision}{why} loses its tag ({}): Knative changes no traffic that names a revision which cannot serve",
                    tags.join(", ")
                )));
            }
        }
        (kept, notes)
    }
}

impl Serving {
    /// What a plan stores of it; `container` is the one that gets the image, where it has a name.
    pub(super) fn stable(&self, container: Option<&str>) -> Stable {
        Stable { revision: self.name.clone(), image: self.revision.resolved_image(container) }
    }

    /// Its images, sidecars included.
    pub(super) fn images(&self) -> Vec<ImageRef> {
        self.revision.resolved_images()
    }
}
