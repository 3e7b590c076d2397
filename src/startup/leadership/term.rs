//! The time during which a boathook leads: it renews its lease, and knows when it must not act any more.

use std::{sync::Arc, time::Duration};

use boathook_core::deployment::error_chain;
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep, sleep_until},
};
use tracing::warn;

use crate::{
    journal::{LEASE_LASTS, PostgresStore, StoreError},
    observers::metrics::Leadership,
    startup::leadership::{LostLead, lead_guard::LeadGuard},
};

/// How long after the last renewal that succeeded was sent this boathook stops.
pub(super) const STOPS_AFTER: Duration = Duration::from_secs(7);
/// How often the lease is renewed.
const INTERVAL: Duration = Duration::from_secs(3);
/// The pause after a renewal that failed.
const PAUSE: Duration = Duration::from_millis(100);

/// Keeps the lease; returns once it is lost, when nothing can be written and every program is killed.
pub(super) async fn keep(
    store: &Arc<PostgresStore>,
    guard: &LeadGuard,
    leadership: &Leadership,
) -> LostLead {
    let lost = tokio::select! {
        error = renew(store, guard, leadership) => LostLead::Ended(error),
        error = store.ended() => LostLead::Ended(error.into()),
        () = guard.lost() => LostLead::NotRenewed { within: STOPS_AFTER },
    };
    leadership.follow();
    guard.lose();
    guard.lost().await;
    lost
}

/// Renews the lease again and again, until the database says that it has ended.
async fn renew(
    store: &Arc<PostgresStore>,
    guard: &LeadGuard,
    leadership: &Leadership,
) -> StoreError {
    let mut failed = false;
    loop {
        let sent = Instant::now();
        let renewing = Arc::clone(store);
        let renewed = spawn_blocking(move || renewing.renew_lease()).await;
        match renewed.unwrap_or(Err(StoreError::Stopped)) {
            Ok(()) => {
                guard.put_off(sent + STOPS_AFTER);
                leadership.lead(sent + LEASE_LASTS);
                failed = false;
                sleep_until(sent + INTERVAL).await;
            }
            Err(error) if LostLead::is_final(&error) => return error,
            Err(error) => {
                if !failed {
                    warn!(reason = error_chain(&error), "The lease was not renewed; trying again");
                }
                failed = true;
                sleep(PAUSE).await;
            }
        }
    }
}
