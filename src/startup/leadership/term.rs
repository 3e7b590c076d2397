//! The time during which a boathook leads: it renews its lease, and knows when it must not act any more.

use std::{sync::Arc, time::Duration};

use boathook_core::deployment::error_chain;
use boathook_process::ProgramRunner;
use tokio::{
    task::{JoinHandle, spawn_blocking},
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
/// When a renewal is tried on another connection beside the first: that one may be lost without a word.
const SPARE_AFTER: Duration = Duration::from_millis(1500);
/// The pause after a renewal that failed.
const PAUSE: Duration = Duration::from_millis(100);

/// A second attempt has time to connect and to be answered.
const _: () = assert!(INTERVAL.as_millis() + 2 * SPARE_AFTER.as_millis() < STOPS_AFTER.as_millis());

/// What holds the lease, and what ends with it.
#[derive(Clone, Copy)]
pub(super) struct Term<'a> {
    pub store: &'a Arc<PostgresStore>,
    pub runner: &'a ProgramRunner,
    pub leadership: &'a Leadership,
}

/// Keeps the lease; returns once it is lost, when nothing can be written and every program is killed.
pub(super) async fn keep(term: Term<'_>, guard: &LeadGuard) -> LostLead {
    let lost = tokio::select! {
        error = renew(term, guard) => LostLead::Ended(error),
        error = term.store.ended() => LostLead::Ended(error.into()),
        () = guard.lost() => LostLead::NotRenewed { within: STOPS_AFTER },
    };
    term.leadership.follow();
    guard.lose();
    guard.lost().await;
    lost
}

/// A renewal that was sent then has succeeded.
pub(super) fn note_renewal(term: Term<'_>, guard: &LeadGuard, sent: Instant) {
    guard.put_off(sent + STOPS_AFTER);
    term.runner.stop_at(sent + STOPS_AFTER);
    term.leadership.lead(sent + LEASE_LASTS);
}

/// Renews the lease again and again, until the database says that it has ended.
async fn renew(term: Term<'_>, guard: &LeadGuard) -> StoreError {
    let mut failed = false;
    loop {
        let sent = Instant::now();
        match renew_once(term.store).await {
            Ok(()) => {
                note_renewal(term, guard, sent);
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

/// On the first connection, and soon on another one beside it; the first answer counts.
async fn renew_once(store: &Arc<PostgresStore>) -> Result<(), StoreError> {
    let mut first = on_thread(store, PostgresStore::renew_lease);
    tokio::select! {
        answer = &mut first => return flat(answer),
        () = sleep(SPARE_AFTER) => {}
    }
    let mut spare = on_thread(store, PostgresStore::renew_lease_elsewhere);
    tokio::select! {
        answer = &mut first => match flat(answer) {
            Err(error) if !LostLead::is_final(&error) => flat(spare.await),
            answer => answer,
        },
        answer = &mut spare => match flat(answer) {
            Err(error) if !LostLead::is_final(&error) => flat(first.await),
            answer => answer,
        },
    }
}

type Renewal = JoinHandle<Result<(), StoreError>>;

fn on_thread(
    store: &Arc<PostgresStore>,
    renew: fn(&PostgresStore) -> Result<(), StoreError>,
) -> Renewal {
    let store = Arc::clone(store);
    spawn_blocking(move || renew(&store))
}

fn flat(answer: Result<Result<(), StoreError>, tokio::task::JoinError>) -> Result<(), StoreError> {
    answer.unwrap_or(Err(StoreError::Stopped))
}
