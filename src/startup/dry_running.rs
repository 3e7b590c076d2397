//! Read-only requests of the listeners to the engine: dry runs, and whether a revision still
//! exists.

use std::sync::{Arc, OnceLock, Weak};

use futures_util::FutureExt;
use tokio::sync::Semaphore;

use crate::{
    engine::Engine,
    server::{DryRunner, IsDeleted},
};

/// Dry runs, one at a time, so that a sender who requests many starts only the programs of one. The
/// engine is created after the listener's state and refers to it, so this reference is weak: no dry
/// run is possible before the engine exists or after it ends.
pub(super) fn dry_running(engine: Weak<OnceLock<Engine>>) -> DryRunner {
    let turn = Arc::new(Semaphore::new(1));
    Arc::new(move |request| {
        let (engine, turn) = (Weak::clone(&engine), Arc::clone(&turn));
        async move {
            let _turn = turn.try_acquire().ok()?;
            Some(engine.upgrade()?.get()?.dry_run(&request).await)
        }
        .boxed()
    })
}

/// Whether a revision that served was deleted. As long as the engine is not there nobody can say
/// so.
pub(super) fn asking_for_revisions(engine: Weak<OnceLock<Engine>>) -> IsDeleted {
    Arc::new(move |environment, service, revision| {
        let engine = Weak::clone(&engine);
        async move {
            let Some(engine) = engine.upgrade() else { return false };
            let Some(engine) = engine.get() else { return false };
            engine.is_deleted(environment, &service, &revision).await
        }
        .boxed()
    })
}
