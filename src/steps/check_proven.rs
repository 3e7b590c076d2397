//! Whether the image behind a tag is proven. Nothing has been changed yet.

use boathook_core::{proof::NotProven, rollout::steps::CheckProven};

use crate::steps::{
    Context, DryRunContext, DryRunFinding, StepError,
    step_behavior::{StepBehavior, StepResult},
};

impl StepBehavior for CheckProven {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let image = context.image();
        match self.judge(image) {
            Ok(()) => Ok(Vec::new()),
            Err(why @ NotProven::NotYet(_)) => Err(StepError::Refused(format!(
                "{}; `boathook retry` deploys it then",
                why.refusal(&self.named(image))
            ))),
            Err(why) => Err(StepError::Refused(why.refusal(&self.named(image)))),
        }
    }

    async fn dry_run(&self, context: &DryRunContext<'_>) -> Result<Vec<DryRunFinding>, StepError> {
        let Err(why) = self.judge(context.image()) else { return Ok(Vec::new()) };
        let why = why.refusal(&self.named(context.image()));
        let unchecked = match (context.named.digest(), context.pinned) {
            (Some(_), _) => return Err(StepError::Refused(why)),
            // Only the pull shows which image a tag names.
            (None, Some(_)) => {
                format!("{why}; the deployment ends so too, unless the tag has moved")
            }
            (None, None) => format!(
                "whether {} succeeded in {} is checked after its pull",
                context.named, self.places
            ),
        };
        Ok(vec![DryRunFinding::Unchecked(unchecked)])
    }
}
