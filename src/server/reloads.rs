//! The channel of requests to reload the configuration, from the operator's socket to `startup`.

use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use crate::server::ApiError;

/// Reload requests that wait at most; a further caller waits to send its own.
const WAITING: usize = 4;

/// The result: what is in use now, or why nothing changed.
pub type ReloadAnswer = Result<Reloaded, String>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reloaded {
    /// The keys whose new values wait for a restart.
    pub needs_restart: Vec<&'static str>,
    /// The secrets that systemd passed at the start; a reload does not change them, even if their
    /// files have changed.
    pub as_at_start: Vec<String>,
    /// What the configuration names and is not there now.
    pub warnings: Vec<String>,
}

/// A request to reload the configuration.
pub struct ReloadOrder {
    by: String,
    answer: oneshot::Sender<ReloadAnswer>,
}

/// The sender of reload requests.
#[derive(Clone)]
pub struct Reloads(mpsc::Sender<ReloadOrder>);

impl Reloads {
    /// The two ends of the channel of reload requests.
    #[must_use]
    pub fn channel() -> (Self, mpsc::Receiver<ReloadOrder>) {
        let (sender, orders) = mpsc::channel(WAITING);
        (Self(sender), orders)
    }

    pub(super) async fn order(&self, by: String) -> Result<ReloadAnswer, ApiError> {
        let (sender, answer) = oneshot::channel();
        self.0
            .send(ReloadOrder { by, answer: sender })
            .await
            .map_err(|_| ApiError::ShuttingDown)?;
        answer.await.map_err(|_| ApiError::ShuttingDown)
    }
}

impl ReloadOrder {
    #[must_use]
    pub fn by(&self) -> &str {
        &self.by
    }

    /// Answers the caller.
    pub fn answer(self, answer: ReloadAnswer) {
        // A caller that no longer waits finds the result in the log.
        let _ = self.answer.send(answer);
    }
}
