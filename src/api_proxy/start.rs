//! Starting the proxy, from the folder of its socket to its first answer.

use std::sync::Arc;

use boathook_core::{
    api_server::{ProxyEvent, ReadError},
    deployment::error_chain,
};
use reqwest::Client;
use tokio::{sync::watch, task::spawn_blocking, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    api_proxy::{
        ProxyParts,
        command::command,
        credentials::Credentials,
        folder::{Folder, FolderError},
        lease::Silence,
        leftover,
        process::{Process, end_of, not_started},
        serving::Serving,
    },
    http_client,
};

/// Open connections that are kept for the next reads.
const POOLED: usize = 8;
/// Why a proxy ends with boathook.
pub(super) const STOPS: &str = "boathook stops";

/// Starts proxies in one folder.
pub(super) struct Starter {
    folder: Arc<Folder>,
    number: u64,
}

impl Starter {
    pub(super) fn new(parts: &ProxyParts) -> Self {
        Self { folder: Arc::new(Folder::at(parts.folder.clone())), number: 0 }
    }

    /// Ends what a killed boathook left.
    pub(super) async fn tidy(&self) -> Result<(), ReadError> {
        if self.folder.socket().exists() { self.clear().await } else { Ok(()) }
    }

    /// Makes room for a socket.
    async fn clear(&self) -> Result<(), ReadError> {
        let folder = Arc::clone(&self.folder);
        blocking(move || folder.take()).await?;
        leftover::end(&self.folder.socket()).await;
        let folder = Arc::clone(&self.folder);
        blocking(move || folder.clear()).await
    }

    /// Starts a proxy; it serves when this returns. It ends if boathook stops before.
    pub(super) async fn start(
        &mut self,
        parts: &ProxyParts,
        stop: &CancellationToken,
    ) -> Result<Serving, ReadError> {
        let tools = parts.tools.get();
        if let Err(error) = tools.check_kubeconfig().await {
            return Err(ReadError::Unreachable(error_chain(&error)));
        }
        let of = Arc::clone(&tools);
        let credentials = blocking(move || Ok(Credentials::of(&of))).await?;
        self.clear().await?;
        let socket = self.folder.socket();
        let command = command(&tools, &socket);
        (parts.log)(ProxyEvent::Started { argv: command.argv.clone() });
        let process = Process::start(&parts.runner, command);
        let process = once_it_serves(process, parts, stop).await?;
        match self.connect().await {
            Ok(client) => Ok(Serving {
                process,
                client,
                number: self.number,
                socket,
                tools,
                credentials,
                checked: Instant::now(),
                silence: Silence::default(),
                readers: watch::Sender::new(0),
                ended: CancellationToken::new(),
            }),
            Err(error) => {
                (parts.log)(process.stop("its socket is unusable", &parts.redactor).await);
                Err(error)
            }
        }
    }

    /// A client of its own for each proxy, so that no connection to the one before is used.
    async fn connect(&mut self) -> Result<Client, ReadError> {
        let folder = Arc::clone(&self.folder);
        blocking(move || folder.check_socket()).await?;
        self.number += 1;
        let client = http_client::direct("http://localhost")
            .unix_socket(self.folder.socket())
            .pool_max_idle_per_host(POOLED);
        client.build().map_err(|error| ReadError::NoReader(error_chain(&error)))
    }
}

/// The process, once it serves; otherwise it has ended, which is logged.
async fn once_it_serves(
    mut process: Process,
    parts: &ProxyParts,
    stop: &CancellationToken,
) -> Result<Process, ReadError> {
    let served = tokio::select! {
        served = process.serves() => served,
        () = stop.cancelled() => {
            (parts.log)(process.stop(STOPS, &parts.redactor).await);
            return Err(ReadError::Unreachable(STOPS.to_owned()));
        }
    };
    let Err(ended) = served else { return Ok(process) };
    let error = not_started(ended.as_ref(), &parts.redactor);
    (parts.log)(match ended {
        Some(ended) => end_of(&ended, None, &parts.redactor),
        None => process.stop("it did not serve in time", &parts.redactor).await,
    });
    Err(error)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FolderError> + Send + 'static,
) -> Result<T, ReadError> {
    let panicked = |_| ReadError::NoReader("a thread of boathook panicked".to_owned());
    let done = spawn_blocking(work).await.map_err(panicked)?;
    done.map_err(|error| ReadError::NoReader(error.to_string()))
}
