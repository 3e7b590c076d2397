//! Dry runs: what the public listener asks of the engine without changing anything.

use std::sync::{Arc, OnceLock};

use futures_util::FutureExt;
use tokio::sync::Semaphore;

use crate::{engine::Engine, server::Rehearse};

/// Dry runs, one at a time: a sender who asks for many starts no more programs than one of them needs. The engine comes later than the
/// listener's parts, and until then nothing can be rehearsed.
pub(super) fn rehearsing(engine: Arc<OnceLock<Engine>>) -> Rehearse {
    let turn = Arc::new(Semaphore::new(1));
    Arc::new(move |request| {
        let (engine, turn) = (Arc::clone(&engine), Arc::clone(&turn));
        async move {
            let _turn = turn.try_acquire().ok()?;
            Some(engine.get()?.rehearse(&request).await)
        }
        .boxed()
    })
}
