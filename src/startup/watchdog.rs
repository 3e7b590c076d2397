//! Sends systemd's watchdog a ping for as long as boathook works.

use std::{convert::Infallible, future::pending, time::Duration};

use tokio::time::{sleep, timeout};
use tracing::warn;

use crate::{journal::Journal, startup::systemd};

/// Pings the watchdog if the unit has one; never returns.
///
/// Each ping needs an answer from the journal's writer, which comes after the writes before it. The
/// same task polls the scheduler, so a scheduler that blocks, or that waits for a journal that
/// hangs, stops the pings. A journal that answers with an error counts as alive, because a restart
/// does not fix a full disk.
pub(super) async fn keep_alive(journal: &Journal) -> Infallible {
    let Some(limit) = sd_notify::watchdog_enabled() else { return pending().await };
    loop {
        if beats(journal, limit / 2).await {
            systemd::alive();
        } else {
            warn!("The journal has not answered for {:?}; no ping is sent to systemd", limit / 2);
        }
        sleep(limit / 4).await;
    }
}

/// Whether the journal answers in time.
async fn beats(journal: &Journal, patience: Duration) -> bool {
    timeout(patience, journal.beat()).await.is_ok()
}
