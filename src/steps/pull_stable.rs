//! Get stable's image onto the node before traffic leaves it, so that the rollback needs no
//! registry.

use boathook_core::rollout::{Observation, steps::PullStable};

use crate::steps::{
    Context,
    step_behavior::{StepBehavior, StepResult},
};

/// A failure is only noted: the new image may be the fix.
impl StepBehavior for PullStable {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        match context.cluster.pull(&self.image, self.command.as_deref()).await {
            Ok(()) => Ok(Vec::new()),
            Err(error) => Ok(vec![Observation::Note(format!(
                "stable's image could not be pulled, so rolling back may need it from elsewhere: {error}"
            ))]),
        }
    }
}
