//! Give the candidate a percentage of traffic.

use boathook_core::rollout::{Observation, steps::ShiftTraffic};

use crate::steps::{
    Context,
    step_behavior::{StepBehavior, StepResult},
    traffic_change::split_traffic,
};

/// Stable stays named, at 0 % at the end.
impl StepBehavior for ShiftTraffic {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        split_traffic(context, self.deadline, self.percent).await?;
        Ok(vec![Observation::Serving { percent: self.percent.get() }])
    }
}
