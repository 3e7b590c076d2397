//! Check the service's own URL at 100 %, which is what users get.

use serde::{Deserialize, Serialize};

use crate::rollout::{Probing, step_data::StepData};

/// Probes the canonical URL until there is a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verify {
    /// How to probe, and what counts as healthy.
    pub probing: Probing,
}

impl StepData for Verify {
    fn title(&self) -> String {
        "Check the service at its own URL".to_owned()
    }
}
