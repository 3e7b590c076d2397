//! Read-only requests of the listeners to the engine: dry runs, whether a revision still exists, and
//! the logs of applications.

use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::Semaphore;

use crate::{
    engine::Engine,
    server::{DryRunner, IsDeleted, LogReader},
};

/// Logs of applications that are read at once.
const LOGS_AT_ONCE: usize = 4;

/// Dry runs, one at a time, so that a sender who requests many starts only the programs of one.
pub(super) fn dry_running(engine: Engine) -> DryRunner {
    let turn = Arc::new(Semaphore::new(1));
    Arc::new(move |request, bundle| {
        let engine = engine.clone();
        let turn = Arc::clone(&turn);
        async move {
            let _turn = turn.try_acquire().ok()?;
            Some(match bundle {
                Some(bundle) => engine.dry_run_bundle(&request, &bundle).await,
                None => engine.dry_run(&request).await,
            })
        }
        .boxed()
    })
}

/// Whether a revision that served was deleted.
pub(super) fn asking_for_revisions(engine: Engine) -> IsDeleted {
    Arc::new(move |environment, service, revision| {
        let engine = engine.clone();
        async move { engine.is_deleted(environment, &service, &revision).await }.boxed()
    })
}

/// The logs of applications, a few at a time, so that only so many programs run.
pub(super) fn reading_logs(engine: Engine) -> LogReader {
    let turns = Arc::new(Semaphore::new(LOGS_AT_ONCE));
    Arc::new(move |request, lines| {
        let engine = engine.clone();
        let turns = Arc::clone(&turns);
        async move {
            let _turn = turns.try_acquire().map_err(|_| {
                format!("{LOGS_AT_ONCE} logs are being read already; try again later")
            })?;
            engine.logs(request, lines).await
        }
        .boxed()
    })
}
