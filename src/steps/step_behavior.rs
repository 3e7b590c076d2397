//! What every step can do.

use boathook_core::rollout::Observation;
use futures_util::future::BoxFuture;

use crate::steps::{Context, StepError};

/// What a step observed, or why it failed.
pub type StepResult = Result<Vec<Observation>, StepError>;

/// What every step can do.
pub(crate) trait StepBehavior {
    /// Whether starting it may change the service's template or traffic.
    fn changes_service(&self) -> bool {
        false
    }

    /// A short title for people, such as `Shift traffic to 10 %`.
    fn title(&self) -> String;

    /// Reads, acts, reads again. It may run twice with the same result.
    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult>;
}
