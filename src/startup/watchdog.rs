//! Sends systemd's watchdog a ping for as long as boathook works.

use std::{convert::Infallible, future::pending, time::Duration};

use tokio::time::{sleep, timeout};
use tracing::warn;

use crate::{journal::Journal, startup::systemd};

/// Pings the watchdog if the unit has one; never returns.
///
/// The journal's writer has to answer each time, in which it stands behind whatever is being written. The task that polls this polls
/// the scheduler too, so a scheduler that blocks, or one that waits for a journal that hangs, silences it. A journal that answers with
/// an error lives: a disk that is full is not fixed by a restart.
pub(super) async fn keep_alive(journal: &Journal) -> Infallible {
    let Some(limit) = sd_notify::watchdog_enabled() else { return pending().await };
    loop {
        if beats(journal, limit / 2).await {
            systemd::alive();
        } else {
            warn!("The journal has not answered for {:?}; systemd gets no sign of life", limit / 2);
        }
        sleep(limit / 4).await;
    }
}

/// Whether the journal answers in time.
async fn beats(journal: &Journal, patience: Duration) -> bool {
    timeout(patience, journal.beat()).await.is_ok()
}
