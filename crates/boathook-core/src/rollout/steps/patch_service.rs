//! The commit point: the whole template and the traffic pinned to stable, in one patch.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    objects::MetadataChange,
    rollout::{ServiceManifest, step_data::StepData},
};

/// Replaces the template, with image and label, and the traffic, both or neither.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatchService {
    /// The new service.
    pub service: ServiceManifest,
    /// The change of the service's own labels and annotations.
    #[serde(default, skip_serializing_if = "MetadataChange::is_empty")]
    pub metadata: MetadataChange,
    /// The generation that was read; a different one means that someone else changed the service.
    pub generation: u64,
    /// How long to retry while the cluster is unreachable.
    pub deadline: Duration,
}

impl StepData for PatchService {
    fn changes_service(&self) -> bool {
        true
    }

    fn title(&self) -> String {
        "Set the new template, traffic staying where it is".to_owned()
    }
}
