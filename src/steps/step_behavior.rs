//! What every step can do.

use futures_util::future::BoxFuture;

use crate::steps::{Context, Observation, StepError};

/// What a step gives when it ends well, or why it did not.
pub type StepResult = Result<Vec<Observation>, StepError>;

/// What every step can do.
pub(crate) trait StepBehavior {
    /// Whether its beginning may change what the service runs or where its traffic goes.
    fn changes_service(&self) -> bool {
        false
    }

    /// A short title for people, such as `Shift traffic to 10 %`.
    fn title(&self) -> String;

    /// Looks, acts, looks again. May run twice with the same end.
    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult>;
}
