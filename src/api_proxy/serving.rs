//! A proxy that serves, and who reads through it.

use std::{path::PathBuf, sync::Arc, time::Duration};

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
        lease::{InUse, Lease},
        process::Process,
    },
    cluster::Tools,
};

/// How long nobody reads before the proxy ends: longer than the pauses of a deployment under way,
/// and short beside those between deployments, so that an idle boathook has no child.
const IDLE: Duration = Duration::from_secs(5 * 60);
/// How often the credentials are looked at while there are reads.
const LOOK_EVERY: Duration = Duration::from_secs(1);

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
    pub looked: Instant,
    pub readers: watch::Sender<usize>,
    pub ended: CancellationToken,
}

impl Serving {
    pub(super) fn lease(&self) -> Lease {
        Lease {
            client: self.client.clone(),
            number: self.number,
            ended: self.ended.clone(),
            answer_max: self.tools.output_cap,
            _in_use: InUse::one_more(&self.readers),
        }
    }

    /// Why a reader needs another proxy; `broken` is the one that just failed it.
    pub(super) async fn unfit(
        &mut self,
        tools: &Tools,
        broken: Option<u64>,
    ) -> Option<&'static str> {
        if *self.tools != *tools {
            return Some("the configuration was reloaded");
        }
        if self.looked.elapsed() >= LOOK_EVERY {
            let credentials = self.credentials.clone();
            // A thread that panicked saw nothing else.
            if !spawn_blocking(move || credentials.are_current()).await.unwrap_or(true) {
                return Some("the kubeconfig, or a file that it names, was replaced");
            }
            self.looked = Instant::now();
        }
        if broken == Some(self.number) && UnixStream::connect(&self.socket).await.is_err() {
            return Some("its socket does not answer");
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
