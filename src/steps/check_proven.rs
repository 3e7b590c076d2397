//! Whether the image behind a tag is proven. Nothing has been changed yet.

use boathook_core::{
    proof::NotProven,
    rollout::steps::{CheckProven, Unproven, WithdrawnDigest},
};

use crate::steps::{
    Context, DryRunContext, DryRunFinding, StepError,
    step_behavior::{StepBehavior, StepResult},
};

impl StepBehavior for CheckProven {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let image = context.image();
        let Err(why) = self.judge(image) else { return Ok(Vec::new()) };
        let refusal = self.refusal(image, &why);
        Err(match why {
            Unproven::Withdrawn(WithdrawnDigest::Withdrawal(withdrawal)) => {
                StepError::Withdrawn(withdrawal)
            }
            Unproven::NotProven(NotProven::NotYet(_)) => {
                StepError::Refused(format!("{refusal}; `boathook retry` deploys it then"))
            }
            Unproven::NotProven(NotProven::Withdrawn { withdrawal }) => {
                StepError::Withdrawn(withdrawal)
            }
            Unproven::Withdrawn(WithdrawnDigest::Older { .. })
            | Unproven::NotProven(NotProven::NoSuccess { .. } | NotProven::Replaced { .. }) => {
                StepError::Refused(refusal)
            }
        })
    }

    async fn dry_run(&self, context: &DryRunContext<'_>) -> Result<Vec<DryRunFinding>, StepError> {
        let Err(why) = self.judge(context.image()) else { return Ok(Vec::new()) };
        let why = self.refusal(context.image(), &why);
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
