//! What an operator, or boathook's shutdown, asks of the current step.

use boathook_core::{deployment::Requester, rollout::Steering};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::steps::StepError;

/// What a running step listens to.
#[derive(Clone)]
pub struct Signals {
    stop: CancellationToken,
    steering: watch::Receiver<Steering>,
}

impl Signals {
    /// Listens to boathook's shutdown, and to operators' commands for this deployment.
    #[must_use]
    pub const fn new(stop: CancellationToken, steering: watch::Receiver<Steering>) -> Self {
        Self { stop, steering }
    }

    /// Why the step has to stop, if it has to.
    pub(crate) fn called_off(&self) -> Option<StepError> {
        if self.stop.is_cancelled() {
            return Some(StepError::Interrupted);
        }
        self.steering.borrow().aborted.clone().map(StepError::Aborted)
    }

    /// Returns when the step has to stop.
    pub(crate) async fn until_called_off(&self) -> StepError {
        let mut steering = self.steering.clone();
        tokio::select! {
            () = self.stop.cancelled() => StepError::Interrupted,
            Some(by) = aborted(&mut steering) => StepError::Aborted(by),
        }
    }

    /// Returns when something else was requested; never if nobody can.
    pub(crate) async fn until_steered(&mut self) {
        if self.steering.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// The requests so far.
    pub(crate) fn steering(&self) -> Steering {
        self.steering.borrow().clone()
    }
}

/// Returns with who aborted the deployment, and with none once nobody can any more.
async fn aborted(steering: &mut watch::Receiver<Steering>) -> Option<Requester> {
    steering.wait_for(|steering| steering.aborted.is_some()).await.ok()?.aborted.clone()
}
