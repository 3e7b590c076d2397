//! A running listener, and whether it still runs.

use std::{io, time::Duration};

use actix_web::dev::{Server, ServerHandle};
use tokio::{
    task::{JoinError, JoinHandle},
    time::sleep,
};

/// How long a connection may take from the thread that accepts it to the one that answers it. The
/// arrival cannot be observed, and a connection in transit is dropped when the threads stop.
const ON_ITS_WAY: Duration = Duration::from_millis(100);

/// A running listener.
pub(super) struct Listening {
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
    ended: bool,
}

impl Listening {
    pub(super) fn begin(server: Server) -> Self {
        Self { handle: server.handle(), task: tokio::spawn(server), ended: false }
    }

    /// Returns only if it stops unexpectedly.
    pub(super) async fn broken(&mut self) -> io::Error {
        let ended = (&mut self.task).await;
        self.ended = true;
        flat(ended).err().unwrap_or_else(|| io::Error::other("it ended by itself"))
    }

    /// Stops accepting connections, and answers those it accepted. The others wait at the socket
    /// for the next process.
    pub(super) async fn stop_accepting(&self) {
        self.handle.pause().await;
        sleep(ON_ITS_WAY).await;
    }

    /// Stops it; a graceful stop first finishes the requests under way.
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
