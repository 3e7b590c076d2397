//! Probe the candidate at its tag's URL before it gets traffic.

use serde::{Deserialize, Serialize};

use crate::rollout::{Probing, step_data::StepData};

/// Probes the candidate's own URL until there is a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeCandidate {
    /// How to probe, and what counts as healthy.
    pub probing: Probing,
    /// Whether the service was healthy before; if so, it is what the candidate is compared with.
    #[serde(default)]
    pub was_healthy: bool,
}

impl StepData for ProbeCandidate {
    fn title(&self) -> String {
        "Probe the new revision at its own URL".to_owned()
    }
}
