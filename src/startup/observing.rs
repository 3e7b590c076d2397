//! Runs what every boathook has, also one that follows: the audit log, the metrics, and pulling for the
//! one that leads.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::startup::App;

/// Those that shutdown waits for.
pub(super) struct Observing {
    auditing: JoinHandle<()>,
    audited: CancellationToken,
}

impl Observing {
    /// Starts all of them.
    pub(super) fn begin(app: &mut App) -> Self {
        let audited = CancellationToken::new();
        let auditing = tokio::spawn(app.audit(audited.clone()));
        tokio::spawn(app.count());
        app.pull_for_others().map(tokio::spawn);
        Self { auditing, audited }
    }

    /// Waits until the audit log has its last lines, which come after everything else.
    pub(super) async fn end(self, patience: Duration) {
        self.audited.cancel();
        if tokio::time::timeout(patience, self.auditing).await.is_err() {
            warn!(
                "The audit log was not written to its end in time; the next start resumes from the record"
            );
        }
    }
}
