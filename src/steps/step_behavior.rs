//! What every step does.

use std::future::{Future, ready};

use boathook_core::rollout::{Observation, Step, for_each_step};

use crate::steps::{Context, DryRunContext, DryRunFinding, StepError};

/// What a step observed, or why it failed.
pub type StepResult = Result<Vec<Observation>, StepError>;

/// What every step does.
pub trait StepBehavior {
    /// Reads, acts, reads again. It may run twice with the same result.
    fn run(&self, context: &Context<'_>) -> impl Future<Output = StepResult> + Send;

    /// Checks what can be checked without a change. Returns what could not be, and what the API
    /// server warns of.
    fn dry_run(
        &self,
        _context: &DryRunContext<'_>,
    ) -> impl Future<Output = Result<Vec<DryRunFinding>, StepError>> + Send {
        ready(Ok(Vec::new()))
    }
}

macro_rules! behavior {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        impl StepBehavior for Step {
            async fn run(&self, context: &Context<'_>) -> StepResult {
                match self { $(Self::$name(step) => step.run(context).await,)* }
            }

            async fn dry_run(
                &self,
                context: &DryRunContext<'_>,
            ) -> Result<Vec<DryRunFinding>, StepError> {
                match self { $(Self::$name(step) => step.dry_run(context).await,)* }
            }
        }
    };
}

for_each_step!(behavior);
