//! The right to ask a proxy that runs. While one is held, the proxy counts as in use.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use boathook_core::{api_server::ReadError, deployment::error_chain};
use reqwest::{
    Client, Response,
    header::{ACCEPT, ACCEPT_ENCODING},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A proxy that runs, as one reader has it.
pub(super) struct Lease {
    pub client: Client,
    /// Which proxy this is: they are counted.
    pub number: u64,
    /// Cancelled when it has ended.
    pub ended: CancellationToken,
    pub silence: Silence,
    /// The longest answer in bytes.
    pub answer_max: usize,
    pub _in_use: InUse,
}

/// How many reads one after the other a proxy left without an answer until their deadlines.
#[derive(Clone, Default)]
pub(super) struct Silence(Arc<AtomicU32>);

/// Counts the readers.
pub(super) struct InUse(watch::Sender<usize>);

impl InUse {
    pub(super) fn one_more(readers: &watch::Sender<usize>) -> Self {
        readers.send_modify(|count| *count += 1);
        Self(readers.clone())
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Silence {
    /// A read came to its deadline.
    pub(super) fn unanswered(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Something came from the proxy.
    pub(super) fn broken(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    pub(super) fn reads(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Lease {
    pub(super) async fn get(&self, path: &str) -> Result<Response, ReadError> {
        // The proxy answers no other host, and would ask for a compressed answer by itself.
        let request = self.client.get(format!("http://localhost{path}"));
        let request =
            request.header(ACCEPT, "application/json").header(ACCEPT_ENCODING, "identity");
        let response = request.send().await.map_err(broken)?;
        self.silence.broken();
        Ok(response)
    }
}

/// The connection broke before the answer was complete.
pub(super) fn broken(error: reqwest::Error) -> ReadError {
    let error = error_chain(&error.without_url());
    ReadError::Unreachable(format!("the connection to `kubectl proxy` broke: {error}"))
}
