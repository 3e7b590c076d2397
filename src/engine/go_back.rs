//! The rollback: its steps, and retries when it fails.

use std::time::Duration;

use boathook_core::{
    rate::Backoff,
    record::StepEvent,
    state::{Deployment, Progress, Rollback, RollbackFailure},
};
use tracing::error;

use crate::{
    engine::{
        executor::{Executor, Next, Walk, aborted},
        recorder::NotRecorded,
    },
    steps::StepError,
};

/// Pauses between attempts at a rollback.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(10), Duration::from_secs(300));

impl Executor<'_> {
    /// Runs the next step of the rollback. A step that failed is retried after a pause, unless
    /// someone took over.
    pub(super) async fn go_back(
        &self,
        deployment: &Deployment,
        progress: &Progress,
        rollback: &Rollback,
        walk: &mut Walk,
    ) -> Result<Next, NotRecorded> {
        if let Some(failed_rollback) = &rollback.failed_rollback {
            if let Some(by) = &failed_rollback.taken_over {
                return Ok(Next::Record(aborted(by)));
            }
            if progress.is_at_the_start() {
                walk.session = None;
                self.recorder.flush().await?;
                tokio::select! {
                    () = tokio::time::sleep(self.rest_left(failed_rollback)) => {}
                    () = self.steered(&mut walk.steering_changes) => return Ok(Next::Reread),
                    () = self.stop.cancelled() => return Ok(Next::Reread),
                }
            }
        }
        let step = &progress.plan.rollback[progress.next];
        Ok(match self.step(deployment, progress, step, walk).await? {
            Err(StepError::Failed(reason)) => {
                error!(deployment.id = %self.id, step.name = step.name(), reason, "Rollback failed and will be retried; an operator is needed");
                Next::Record(StepEvent::RollbackFailed { reason }.into())
            }
            result => self.next_after(step, result),
        })
    }

    /// Counted from the last failure in the record, so that a restart does not shorten it.
    fn rest_left(&self, failed_rollback: &RollbackFailure) -> Duration {
        let since = self.engine.clock.now().duration_since(failed_rollback.at);
        BACKOFF.after(failed_rollback.failures).saturating_sub(since.try_into().unwrap_or_default())
    }
}
