//! Runs the observers: the audit log, promotion, metrics, notifications and statuses on GitHub.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{github, observers::notify::HttpTransport, startup::App};

/// Those that shutdown waits for.
pub(super) struct Observing {
    promoting: JoinHandle<()>,
    watching: JoinHandle<()>,
    auditing: JoinHandle<()>,
    audited: CancellationToken,
}

impl Observing {
    /// Starts all of them.
    pub(super) fn begin(parts: &mut App) -> Self {
        let audited = CancellationToken::new();
        let auditing = tokio::spawn(parts.audit(audited.clone()));
        tokio::spawn(parts.count());
        tokio::spawn(parts.notify(Arc::new(HttpTransport::new())));
        let github = parts.github(Arc::new(github::HttpTransport::default()));
        tokio::spawn(parts.poll(github.clone()));
        tokio::spawn(parts.report(github));
        let watching = tokio::spawn(parts.watch());
        Self { promoting: tokio::spawn(parts.promote()), watching, auditing, audited }
    }

    /// Waits for work that must be finished, each with a deadline; the last lines of the audit log
    /// come after everything else.
    pub(super) async fn end(self, patience: Duration) {
        finish(self.promoting, patience, "The promotions under way were not left off in time")
            .await;
        finish(self.watching, patience, "The watches were not left off in time").await;
        self.audited.cancel();
        finish(self.auditing, patience, "The audit log was not written to its end in time").await;
    }
}

async fn finish(observing: JoinHandle<()>, patience: Duration, late: &str) {
    if tokio::time::timeout(patience, observing).await.is_err() {
        warn!("{late}; the next start resumes from the record");
    }
}
