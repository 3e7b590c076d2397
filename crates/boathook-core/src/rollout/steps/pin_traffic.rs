//! Leave only the candidate in traffic: by name, without tag, at 100 %.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::rollout::step_data::StepData;

/// Pins all traffic to the candidate and waits until status shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinTraffic {
    /// Deadline for status to show the change.
    pub deadline: Duration,
}

impl StepData for PinTraffic {
    fn changes_service(&self) -> bool {
        true
    }

    fn title(&self) -> String {
        "Pin all traffic to the new revision".to_owned()
    }
}
