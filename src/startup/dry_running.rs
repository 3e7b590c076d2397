//! Read-only requests of the listeners to the engine: dry runs, and whether a revision still
//! exists.

use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::Semaphore;

use crate::{
    engine::Engine,
    server::{DryRunner, IsDeleted},
};

/// Dry runs, one at a time, so that a sender who requests many starts only the programs of one.
pub(super) fn dry_running(engine: Engine) -> DryRunner {
    let turn = Arc::new(Semaphore::new(1));
    Arc::new(move |request| {
        let engine = engine.clone();
        let turn = Arc::clone(&turn);
        async move {
            let _turn = turn.try_acquire().ok()?;
            Some(engine.dry_run(&request).await)
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
