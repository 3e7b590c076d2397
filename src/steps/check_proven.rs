//! Whether the image behind a tag is proven. Nothing has been changed yet.

use boathook_core::rollout::steps::CheckProven;

use crate::steps::{
    Context, DryRunContext, StepError,
    step_behavior::{StepBehavior, StepResult},
};

impl StepBehavior for CheckProven {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        match self.judge(context.image()) {
            Ok(()) => Ok(Vec::new()),
            Err(why) => Err(StepError::Refused(why.to_string())),
        }
    }

    async fn dry_run(&self, context: &DryRunContext<'_>) -> Result<Option<String>, StepError> {
        let Err(why) = self.judge(context.image()) else { return Ok(None) };
        match (context.named.digest(), context.pinned) {
            (Some(_), _) => Err(StepError::Refused(why.to_string())),
            // Only the pull shows which image a tag names.
            (None, Some(_)) => {
                Ok(Some(format!("{why}; the deployment ends so too, unless the tag has moved")))
            }
            (None, None) => Ok(Some(format!(
                "whether {} succeeded in {} is checked after its pull",
                context.named, self.environment
            ))),
        }
    }
}
