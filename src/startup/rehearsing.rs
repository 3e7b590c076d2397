//! Dry runs: what the public listener asks of the engine without changing anything.

use std::sync::{Arc, OnceLock, Weak};

use futures_util::FutureExt;
use tokio::sync::Semaphore;

use crate::{engine::Engine, server::Rehearse};

/// Dry runs, one at a time: a sender who asks for many starts no more programs than one of them needs. The engine comes later than the
/// listener's parts and knows them, so they do not hold it: nothing can be rehearsed before it comes, and it ends with the parts.
pub(super) fn rehearsing(engine: Weak<OnceLock<Engine>>) -> Rehearse {
    let turn = Arc::new(Semaphore::new(1));
    Arc::new(move |request| {
        let (engine, turn) = (Weak::clone(&engine), Arc::clone(&turn));
        async move {
            let _turn = turn.try_acquire().ok()?;
            Some(engine.upgrade()?.get()?.rehearse(&request).await)
        }
        .boxed()
    })
}
