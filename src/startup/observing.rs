//! The readers of the journal at work: the audit log, promotion, metrics and notifications.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{observers::notify::HttpTransport, startup::App};

/// Those whose end is waited for.
pub(super) struct Observing {
    promoting: JoinHandle<()>,
    auditing: JoinHandle<()>,
    audited: CancellationToken,
}

impl Observing {
    /// Has all of them begin.
    pub(super) fn begin(parts: &mut App) -> Self {
        let audited = CancellationToken::new();
        let auditing = tokio::spawn(parts.audit(audited.clone()));
        tokio::spawn(parts.count());
        tokio::spawn(parts.notify(Arc::new(HttpTransport::new())));
        Self { promoting: tokio::spawn(parts.promote()), auditing, audited }
    }

    /// Waits for what must not be cut off, each for so long at most; the last lines of the audit log come after everything else.
    pub(super) async fn end(self, patience: Duration) {
        finish(self.promoting, patience, "The promotions under way were not left off in time").await;
        self.audited.cancel();
        finish(self.auditing, patience, "The audit log was not written to its end in time").await;
    }
}

async fn finish(observing: JoinHandle<()>, patience: Duration, late: &str) {
    if tokio::time::timeout(patience, observing).await.is_err() {
        warn!("{late}; the next start goes on from the record");
    }
}
