//! Prunes old deployments periodically while boathook acts.

use std::{convert::Infallible, error::Error, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{Instant, MissedTickBehavior, interval_at},
};
use tracing::{info, warn};

use crate::{
    config::{Config, Replay, State},
    intake::PACKAGES_FRESH,
    journal::{Journal, PostgresStore, Retention, StoreError},
    observers::metrics::Leadership,
    startup::snapshot::Snapshot,
};

/// From the start to the first pruning; urgent work comes first.
const FIRST: Duration = Duration::from_secs(300);
/// The interval of pruning.
const EVERY: Duration = Duration::from_secs(3600);

/// What pruning needs.
pub(super) struct Pruning {
    pub journal: Journal,
    pub now: watch::Receiver<Arc<Snapshot>>,
    /// The last record that this boathook's audit log has on disk.
    pub audited: watch::Receiver<u64>,
    /// The database, if others share the record.
    pub shared: Option<Arc<PostgresStore>>,
    pub leadership: Leadership,
}

impl Pruning {
    /// Runs periodically; never returns.
    pub(super) async fn run(self) -> Infallible {
        let mut ticks = interval_at(Instant::now() + FIRST, EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let snapshot = Arc::clone(&self.now.borrow());
            match self.prune(kept(&snapshot.config)).await {
                Ok(0) => {}
                Ok(deployments) => info!(deployments, "Pruned old deployments"),
                Err(error) => {
                    warn!(error = &error as &dyn Error, "Failed to prune old deployments")
                }
            }
            if let Err(error) = self.prune_bundles(&snapshot).await {
                warn!(error = &*error, "Failed to prune the bundles that hold Secrets");
            }
        }
    }

    async fn prune(&self, keep: Retention) -> Result<usize, StoreError> {
        let audited = self.audited_by_all().await?;
        self.journal.prune(keep, audited).await
    }

    /// The last record that every boathook's audit log has, but for those that are gone for long.
    async fn audited_by_all(&self) -> Result<u64, StoreError> {
        let mine = *self.audited.borrow();
        let Some(store) = self.shared.clone() else { return Ok(mine) };
        let asked = spawn_blocking(move || Ok((store.forget_nodes()?, store.audited_by_all()?)));
        let (forgotten, by_all) = asked.await.unwrap_or(Err(StoreError::Stopped))?;
        for node in &forgotten {
            warn!(
                node,
                "Node {node} was not seen for a week and is forgotten; its audit log may lack what is pruned now"
            );
        }
        self.leadership.note_forgotten(forgotten.len());
        Ok(mine.min(by_all))
    }

    /// Removes the files of bundles that the journal names no more.
    async fn prune_bundles(&self, snapshot: &Snapshot) -> Result<(), Box<dyn Error>> {
        let kept = self.journal.bundles_beside().await?;
        let admission = &snapshot.admission;
        Ok(admission.secret_bundles.prune(&kept, admission.clock.now()).await?)
    }
}

/// The configured retention.
pub(super) fn kept(config: &Config) -> Retention {
    let State { directory: _, postgres: _, node: _, keep_days, keep_count } = &config.state;
    let Replay { window } = &config.replay;
    let takes_packages = config.environments.values().any(|one| !one.github.packages.is_empty());
    let window = if takes_packages { PACKAGES_FRESH.max(*window) } else { *window };
    Retention { keep_days: *keep_days, keep_count: *keep_count, window }
}
