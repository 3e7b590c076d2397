//! Webhooks come from the current relays: a reload stops those that it changes or takes away, and
//! leaves the others connected.

use std::{collections::BTreeMap, sync::Arc};

use boathook_core::current::Current;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::{
    journal::Journal,
    observers::{audit::Refusals, metrics::RelayCounters},
    sources::{
        forget_others,
        relay::{Relay, RelayTerms, RelayTransport, SOURCES, source_of},
    },
    startup::snapshot::{Snapshot, changed},
};

/// What stays the same for all relays.
pub(super) struct Relaying {
    pub journal: Journal,
    pub transport: Arc<dyn RelayTransport>,
    pub refusals: Refusals,
    pub counters: RelayCounters,
}

/// One that is followed.
struct Followed {
    terms: RelayTerms,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Relaying {
    /// Follows the current relays until they are stopped, and what they have in hand is settled.
    pub(super) async fn run(
        self,
        mut now: watch::Receiver<Arc<Snapshot>>,
        stop: CancellationToken,
    ) {
        let mut followed: BTreeMap<String, Followed> = BTreeMap::new();
        while !stop.is_cancelled() {
            let terms = RelayTerms::of(&now.borrow_and_update().config);
            let (kept, left): (BTreeMap<_, _>, BTreeMap<_, _>) =
                followed.into_iter().partition(|(_, one)| terms.contains(&one.terms));
            end(left).await;
            followed = kept;
            let names: Vec<_> = terms.iter().map(|one| one.config.name.as_str()).collect();
            self.counters.keep(&names);
            for one in &terms {
                let follow = || self.follow(one, &now, stop.child_token());
                followed.entry(one.config.name.clone()).or_insert_with(follow);
            }
            let sources: Vec<_> = terms.iter().map(|one| source_of(&one.config)).collect();
            let forgetting = async {
                forget_others(&self.journal, SOURCES, &sources).await;
                std::future::pending().await
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = changed(&mut now, |other| RelayTerms::of(&other.config) != terms) => {}
                () = forgetting => {}
            }
        }
        end(followed).await;
    }

    fn follow(
        &self,
        terms: &RelayTerms,
        now: &watch::Receiver<Arc<Snapshot>>,
        stop: CancellationToken,
    ) -> Followed {
        let relay = Relay {
            terms: terms.clone(),
            transport: Arc::clone(&self.transport),
            admission: Current::part_of(now.clone(), |snapshot| &snapshot.public.admission),
            refusals: self.refusals.clone(),
            counters: self.counters.clone(),
        };
        let until = stop.clone();
        let task = tokio::spawn(async move { relay.follow(&until).await });
        Followed { terms: terms.clone(), stop, task }
    }
}

/// Stops some, and waits until what they have in hand is settled.
async fn end(followed: BTreeMap<String, Followed>) {
    for one in followed.values() {
        one.stop.cancel();
    }
    for (name, one) in followed {
        if one.task.await.is_err() {
            error!(relay.name = name, "Following relay {name} had failed");
        }
    }
}
