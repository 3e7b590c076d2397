//! Restore a proven revision: its template under its own name, and all traffic on it, in one patch.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    deployment::{ImageRef, RevisionName},
    objects::{MetadataChange, Template},
    rollout::step_data::StepData,
};

/// Adopts the revision; no new one is created. The revision that served stays named in traffic, so
/// that Knative does not delete it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdoptRevision {
    /// Its name.
    pub revision: RevisionName,
    /// Its UID.
    pub uid: String,
    /// The image that it runs, by digest.
    pub image: ImageRef,
    /// The template that names it.
    pub template: Template,
    /// The change of the service's own labels and annotations.
    #[serde(default, skip_serializing_if = "MetadataChange::is_empty")]
    pub metadata: MetadataChange,
    /// The generation that was read; a different one means that someone else changed the service.
    pub generation: u64,
    /// Deadline for status to show the change.
    pub deadline: Duration,
}

impl StepData for AdoptRevision {
    fn changes_service(&self) -> bool {
        true
    }

    fn title(&self) -> String {
        format!("Bring back {} with all traffic", self.revision)
    }
}
