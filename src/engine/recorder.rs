//! Records what happens, without secrets. While the journal cannot be written, the deployment
//! waits.

use std::{error::Error, sync::Arc, time::Duration};

use boathook_core::{deployment::DeploymentId, rate::Backoff, record::Event};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::{
    engine::redacted::redacted,
    journal::{AppendError, Journal},
    redact::Redactor,
};

/// Pauses while it cannot be written.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));

/// Appends the events of one deployment.
#[derive(Clone)]
pub(super) struct Recorder {
    journal: Journal,
    redactor: Redactor,
    id: Arc<DeploymentId>,
    stop: CancellationToken,
}

/// The event was not recorded because boathook is stopping or has a bug; the next start continues.
#[derive(Debug, thiserror::Error)]
#[error("the journal refused `{event}`")]
pub(super) struct NotRecorded {
    event: &'static str,
}

impl Recorder {
    pub(super) fn new(
        journal: Journal,
        redactor: Redactor,
        id: &DeploymentId,
        stop: CancellationToken,
    ) -> Self {
        Self { journal, redactor, id: Arc::new(id.clone()), stop }
    }

    /// Returns once the event is on disk. It waits for a disk that is full or missing.
    pub(super) async fn record(&self, event: impl Into<Event>) -> Result<(), NotRecorded> {
        let event = redacted(event.into(), &self.redactor);
        let mut backoff = BACKOFF;
        loop {
            let not_recorded = NotRecorded { event: event.name() };
            match self.journal.append(&self.id, event.clone()).await {
                Ok(_) => return Ok(()),
                Err(AppendError::Store(source)) => {
                    warn!(deployment.id = %self.id, event = event.name(), error = &source as &dyn Error, "The journal cannot be written; waiting until it can");
                }
                Err(refused) => {
                    error!(deployment.id = %self.id, event = event.name(), error = &refused as &dyn Error, "The journal refused an event");
                    return Err(not_recorded);
                }
            }
            tokio::select! {
                () = self.stop.cancelled() => return Err(not_recorded),
                () = tokio::time::sleep(backoff.pause()) => {}
            }
        }
    }
}
