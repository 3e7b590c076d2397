//! Give the candidate a percentage of traffic.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{deployment::Percent, rollout::step_data::StepData};

/// Patches traffic and waits until status shows it; stable stays named, at 0 % at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShiftTraffic {
    /// The candidate's percentage.
    pub percent: Percent,
    /// Deadline for status to show the change.
    pub deadline: Duration,
}

impl StepData for ShiftTraffic {
    fn changes_service(&self) -> bool {
        true
    }

    fn title(&self) -> String {
        format!("Shift traffic to {}", self.percent)
    }
}
