//! A listener at work, and whether it still is.

use std::io;

use actix_web::dev::{Server, ServerHandle};
use tokio::task::{JoinError, JoinHandle};

/// A listener at work.
pub(super) struct Listening {
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
    ended: bool,
}

impl Listening {
    pub(super) fn begin(server: Server) -> Self {
        Self { handle: server.handle(), task: tokio::spawn(server), ended: false }
    }

    /// Comes back only where it ends without being told to.
    pub(super) async fn broken(&mut self) -> io::Error {
        let ended = (&mut self.task).await;
        self.ended = true;
        flat(ended).err().unwrap_or_else(|| io::Error::other("it ended by itself"))
    }

    /// Stops it, after what is under way where that is wanted.
    pub(super) async fn stop(self, graceful: bool) -> io::Result<()> {
        if self.ended {
            return Ok(());
        }
        self.handle.stop(graceful).await;
        flat(self.task.await)
    }
}

fn flat(ended: Result<io::Result<()>, JoinError>) -> io::Result<()> {
    ended.map_err(io::Error::other)?
}
