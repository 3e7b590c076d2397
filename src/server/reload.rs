//! `POST /v1/reload`, on the Unix socket: requests a reload of the configuration, which `startup` does.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tracing::info;

use crate::server::{ApiError, OperatorState, order, peer};

/// Reload requests that wait at most; a further caller waits to send its own.
const WAITING: usize = 4;

/// The result: what is in use now, or why nothing changed.
pub type ReloadAnswer = Result<Reloaded, String>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reloaded {
    /// The keys whose new values wait for a restart.
    pub needs_restart: Vec<&'static str>,
    /// The secrets that systemd passed at the start; a reload does not change them, even if their files have changed.
    pub as_at_start: Vec<String>,
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

    async fn order(&self, by: String) -> Result<ReloadAnswer, ApiError> {
        let (sender, answer) = oneshot::channel();
        self.0.send(ReloadOrder { by, answer: sender }).await.map_err(|_| ApiError::ShuttingDown)?;
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {}

/// Reloads the configuration, and returns the result.
pub async fn reload(request: HttpRequest, payload: Payload, operators: Data<OperatorState>) -> Result<HttpResponse, ApiError> {
    let Body {} = order::read(&request, payload).await?;
    let by = peer::user(&request)?;
    info!(by, "Asked to reload");
    let Reloaded { needs_restart, as_at_start } = operators.reloads.order(by.clone()).await?.map_err(ApiError::NotReloaded)?;
    Ok(HttpResponse::Ok().json(json!({"status": "reloaded", "by": by, "needs_restart": needs_restart, "as_at_start": as_at_start})))
}
