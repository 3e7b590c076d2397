//! Keep a percentage of traffic while probing; roll back at once when it turns bad.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    deployment::Percent,
    health::MetricRule,
    rollout::{Probing, step_data::StepData},
};

/// Holds a stage. Its time counts from the record, so that a restart does not prolong it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// The candidate's percentage.
    pub percent: Percent,
    /// How long.
    pub duration: Duration,
    /// The delay before the first probe.
    pub delay: Duration,
    /// How much longer to hold if there are too few samples for a verdict.
    pub patience: Duration,
    /// How to probe, and what counts as healthy.
    pub probing: Probing,
    /// Whether the service's own URL was healthy before the deployment; if not, it counts only at
    /// 100 %.
    #[serde(alias = "was_well")]
    pub was_healthy: bool,
    /// The interval at which the service and its pods are read.
    #[serde(alias = "look_every")]
    pub poll_interval: Duration,
    /// The metrics that are asked for, with the limits that can be judged at this stage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricRule>,
}

impl StepData for Hold {
    fn title(&self) -> String {
        format!("Hold at {} for {} s", self.percent, self.duration.as_secs())
    }
}
