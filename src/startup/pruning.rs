//! Prunes old deployments periodically while boathook serves.

use std::{convert::Infallible, error::Error, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tracing::{info, warn};

use crate::{
    config::{Config, Replay, State},
    intake::PACKAGES_FRESH,
    journal::Retention,
    startup::App,
};

/// From the start to the first pruning; urgent work comes first.
const FIRST: Duration = Duration::from_secs(300);
/// The interval of pruning.
const EVERY: Duration = Duration::from_secs(3600);

/// Runs periodically; never returns.
pub(crate) async fn keep_pruning(parts: &App) -> Infallible {
    let mut ticks = interval_at(Instant::now() + FIRST, EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let keep = kept(&parts.snapshot().config);
        match parts.journal().prune(keep, parts.audited()).await {
            Ok(0) => {}
            Ok(deployments) => info!(deployments, "Pruned old deployments"),
            Err(error) => warn!(error = &error as &dyn Error, "Failed to prune old deployments"),
        }
        if let Err(error) = prune_bundles(parts).await {
            warn!(error = &*error, "Failed to prune the bundles that hold Secrets");
        }
    }
}

/// Removes the files of bundles that the journal names no more.
async fn prune_bundles(parts: &App) -> Result<(), Box<dyn Error>> {
    let kept = parts.journal().bundles_beside().await?;
    let snapshot = parts.snapshot();
    let admission = &snapshot.admission;
    Ok(admission.secret_bundles.prune(&kept, admission.clock.now()).await?)
}

/// The configured retention.
pub(super) fn kept(config: &Config) -> Retention {
    let State { directory: _, postgres: _, keep_days, keep_count } = &config.state;
    let Replay { window } = &config.replay;
    let takes_packages = config.environments.values().any(|one| !one.github.packages.is_empty());
    let window = if takes_packages { PACKAGES_FRESH.max(*window) } else { *window };
    Retention { days: *keep_days, count: *keep_count, window }
}
