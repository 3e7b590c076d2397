//! Webhooks come from the current relays: if a reload changes them, they are connected to anew.

use std::sync::Arc;

use boathook_core::current::Current;
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    config::RelayConfig,
    observers::{audit::Refusals, metrics::RelayCounters},
    sources::relay::{Relay, RelayTransport},
    startup::snapshot::Snapshot,
};

/// What stays the same for all relays.
pub(super) struct Relaying {
    pub transport: Arc<dyn RelayTransport>,
    pub refusals: Refusals,
    pub counters: RelayCounters,
}

/// What a reload can change about them.
#[derive(PartialEq)]
struct Terms {
    relays: Vec<RelayConfig>,
    body_max: usize,
    per_minute: u32,
}

impl Terms {
    fn of(snapshot: &Snapshot) -> Self {
        let server = &snapshot.config.server;
        Self {
            relays: snapshot.config.sources.relays.clone(),
            body_max: server.max_body_bytes,
            per_minute: server.requests_per_minute,
        }
    }
}

impl Relaying {
    /// Follows the current relays until they are stopped.
    pub(super) async fn run(
        self,
        mut now: watch::Receiver<Arc<Snapshot>>,
        stop: CancellationToken,
    ) {
        while !stop.is_cancelled() {
            let terms = Terms::of(&now.borrow_and_update());
            let names: Vec<_> = terms.relays.iter().map(|relay| relay.name.as_str()).collect();
            self.counters.keep(&names);
            let relays = self.relays(&terms, &now);
            let until = stop.child_token();
            let following = join_all(relays.iter().map(|relay| relay.follow(&until)));
            let ending = async {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = others(&mut now, &terms) => {}
                }
                until.cancel();
            };
            tokio::join!(following, ending);
        }
    }

    fn relays(&self, terms: &Terms, now: &watch::Receiver<Arc<Snapshot>>) -> Vec<Relay> {
        let relay = |config: &RelayConfig| Relay {
            config: config.clone(),
            body_max: terms.body_max,
            per_minute: terms.per_minute,
            transport: Arc::clone(&self.transport),
            admission: Current::part_of(now.clone(), |snapshot| &snapshot.public.admission),
            refusals: self.refusals.clone(),
            counters: self.counters.clone(),
        };
        terms.relays.iter().map(relay).collect()
    }
}

/// Returns when the relays changed.
async fn others(now: &mut watch::Receiver<Arc<Snapshot>>, terms: &Terms) {
    if now.wait_for(|snapshot| Terms::of(snapshot) != *terms).await.is_err() {
        // They cannot change any more.
        std::future::pending().await
    }
}
