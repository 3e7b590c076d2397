//! What a boathook says of itself to the others on its record, and what it knows of them.

use std::{sync::Arc, time::Duration};

use boathook_core::deployment::error_chain;
use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    journal::{Journal, NodeProgress, Nodes, PostgresStore, StoreError},
    observers::metrics::Leadership,
};

/// How often it says so.
const INTERVAL: Duration = Duration::from_secs(3);
/// Of two with the same name, the one that has said so less often is the one that came later.
const NEWCOMER: u32 = 4;

/// One boathook among several.
pub(in crate::startup) struct Presence {
    pub store: Arc<PostgresStore>,
    pub journal: Journal,
    pub audited: watch::Receiver<u64>,
    pub leadership: Leadership,
}

impl Presence {
    /// Says how far this boathook has come until it is stopped. It ends earlier if another boathook has
    /// its name and had it before; then it returns the name.
    pub(in crate::startup) async fn run(self, stop: CancellationToken) -> Option<String> {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failed = false;
        let mut noted = 0_u32;
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            match self.note().await {
                Ok((nodes, is_shared)) => {
                    // The first time, the row is that of the process before.
                    if is_shared && noted > 0 {
                        if noted < NEWCOMER {
                            return self.store.node().map(str::to_owned);
                        }
                        warn!("Another boathook on this record has this one's name of a node");
                    }
                    noted = noted.saturating_add(1);
                    failed = false;
                    self.leadership.note(&nodes);
                }
                Err(error) => {
                    if !failed {
                        warn!(
                            reason = error_chain(&error),
                            "The other boathooks do not see this one"
                        );
                    }
                    failed = true;
                }
            }
        }
        None
    }

    /// The nodes, and whether another one has this one's name.
    async fn note(&self) -> Result<(Nodes, bool), StoreError> {
        let progress = NodeProgress {
            applied: self.journal.last_sequence(),
            looked_before: self.journal.mirror_age().unwrap_or_default(),
            audited: *self.audited.borrow(),
            leads: self.store.leads(),
        };
        let store = Arc::clone(&self.store);
        let noted = spawn_blocking(move || {
            let is_shared = store.note_node(env!("CARGO_PKG_VERSION"), progress)?;
            Ok((store.nodes()?, is_shared))
        });
        noted.await.unwrap_or(Err(StoreError::Stopped))
    }
}
