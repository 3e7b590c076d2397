//! Roll back: stable's template under its own name, and all traffic on it, in one patch.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    objects::{MetadataChange, Template},
    rollout::step_data::StepData,
};

/// Re-adopts stable: Ready on the old revision at once, with no new revision and no cold start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadoptStable {
    /// The template that names stable, built before the first change.
    pub template: Template,
    /// Restores the service's own labels and annotations.
    #[serde(default, skip_serializing_if = "MetadataChange::is_empty")]
    pub metadata: MetadataChange,
    /// The generation before the first change; if it is unchanged, there is nothing to undo.
    pub untouched: u64,
    /// The deadline for retries.
    pub deadline: Duration,
    /// Why the service had no route before the deployment, if it had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_route: Option<String>,
}

impl StepData for ReadoptStable {
    fn changes_service(&self) -> bool {
        true
    }

    fn title(&self) -> String {
        "Go back to the revision that served before".to_owned()
    }
}
