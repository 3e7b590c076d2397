//! A proxy that serves, and who reads through it.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use reqwest::Client;
use tokio::{
    net::UnixStream,
    sync::watch,
    task::spawn_blocking,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    api_proxy::{
        credentials::Credentials,
        lease::{InUse, Lease, Silence},
        process::Process,
    },
    cluster::Tools,
};

/// How long nobody reads before the proxy ends: longer than the pauses of a deployment under way,
/// and short beside those between deployments, so that an idle boathook has no child.
const IDLE: Duration = Duration::from_secs(5 * 60);
/// How often the credentials are checked while there are reads.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// Reads without an answer until a proxy counts as dead: the first may have been the API server's.
const UNANSWERED: u32 = 2;

/// Why a reader needs another proxy.
pub(super) enum Unfit {
    /// It was started with what is no longer so.
    Outdated(&'static str),
    /// It runs, and does not work.
    Failed(&'static str),
}

/// The proxy that runs.
pub(super) struct Serving {
    pub process: Process,
    pub client: Client,
    /// Which proxy this is: they are counted.
    pub number: u64,
    pub socket: PathBuf,
    /// What it was started with.
    pub tools: Arc<Tools>,
    pub credentials: Credentials,
    /// When the credentials were last seen to be as they were.
    pub checked: Instant,
    pub silence: Silence,
    pub readers: watch::Sender<usize>,
    pub ended: CancellationToken,
}

impl Serving {
    pub(super) fn lease(&self) -> Lease {
        Lease {
            client: self.client.clone(),
            number: self.number,
            silence: self.silence.clone(),
            ended: self.ended.clone(),
            answer_max: self.tools.output_cap_bytes,
            _in_use: InUse::one_more(&self.readers),
        }
    }

    /// Why a reader needs another proxy; `broken` is the one that just failed it.
    pub(super) async fn unfit(&mut self, tools: &Tools, broken: Option<u64>) -> Option<Unfit> {
        if *self.tools != *tools {
            return Some(Unfit::Outdated("the configuration was reloaded"));
        }
        if self.checked.elapsed() >= CHECK_EVERY {
            let credentials = self.credentials.clone();
            // A thread that panicked saw nothing else.
            if !spawn_blocking(move || credentials.are_current()).await.unwrap_or(true) {
                return Some(Unfit::Outdated(
                    "the kubeconfig, or a file that it names, was replaced",
                ));
            }
            self.checked = Instant::now();
        }
        if broken == Some(self.number) && !listens(&self.socket).await {
            return Some(Unfit::Failed("its socket does not answer"));
        }
        if self.silence.reads() >= UNANSWERED {
            return Some(Unfit::Failed("it leaves reads without an answer"));
        }
        None
    }

    /// Returns when nobody has read for a while.
    pub(super) async fn idle(mut readers: watch::Receiver<usize>) {
        loop {
            if readers.wait_for(|count| *count == 0).await.is_err()
                || timeout(IDLE, readers.changed()).await.is_err()
            {
                return;
            }
        }
    }
}

/// Whether someone listens on a socket. More connections than may wait are no sign of death.
async fn listens(socket: &Path) -> bool {
    match UnixStream::connect(socket).await {
        Ok(_) => true,
        Err(error) => error.kind() == io::ErrorKind::WouldBlock,
    }
}
