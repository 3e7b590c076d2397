//! Limits how many programs run at once, because a node may be short of memory.

use std::sync::Arc;

use boathook_process::{Command, Finished, RunError, Runner};
use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::{Semaphore, mpsc};

/// The maximum number of programs at the same time.
const AT_ONCE: usize = 4;

/// A runner that lets the others wait.
pub struct Bounded {
    runner: Arc<dyn Runner>,
    room: Semaphore,
}

impl Bounded {
    /// Runs through `runner`.
    #[must_use]
    pub fn new(runner: Arc<dyn Runner>) -> Self {
        Self { runner, room: Semaphore::new(AT_ONCE) }
    }
}

impl Runner for Bounded {
    fn run(
        &self,
        command: Command,
        lines: Option<mpsc::Sender<String>>,
    ) -> BoxFuture<'_, Result<Finished, RunError>> {
        async move {
            let _place = self.room.acquire().await.expect("the semaphore is never closed");
            self.runner.run(command, lines).await
        }
        .boxed()
    }
}
