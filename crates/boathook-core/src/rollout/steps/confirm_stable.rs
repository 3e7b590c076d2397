//! Check that the service answers again: Ready can be true while nothing answers.

use serde::{Deserialize, Serialize};

use crate::rollout::{Probing, step_data::StepData};

/// Probes the canonical URL after a rollback, until it answers once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfirmStable {
    /// The service's own URL.
    pub url: String,
    /// How to probe, and what counts as healthy.
    pub probing: Probing,
    /// Whether the service was healthy before the deployment; if not, any answer is enough.
    #[serde(alias = "was_well")]
    pub was_healthy: bool,
    /// Whether the service was silent before the deployment too: then silence does not fail the
    /// rollback, and the outcome says that nobody knows whether the service answers.
    #[serde(default)]
    pub was_silent: bool,
}

impl StepData for ConfirmStable {
    fn title(&self) -> String {
        "Check that the service answers again".to_owned()
    }
}
