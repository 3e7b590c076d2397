//! The API server as everyone in boathook reads it.

use std::time::Duration;

use boathook_core::api_server::{ApiServer, ReadAnswer, ReadError, ReadRequest, WatchAnswer};
use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::api_proxy::{
    ProxyParts, answer,
    lease::Lease,
    supervisor::{LeaseRequest, Supervisor},
};

/// Readers that may wait for the proxy at once; further ones wait until they may.
const WAITING: usize = 64;
/// How long the end of a proxy is waited for whose connection broke.
const SETTLES: Duration = Duration::from_millis(200);
/// Beside a request that has no answer for so long another is sent: one may be lost where the next
/// is answered. The pauses grow, because the API server may only be slow.
const PATIENCE: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Reads through one `kubectl proxy`, which it starts and ends.
pub struct KubectlProxy {
    wanted: mpsc::Sender<LeaseRequest>,
}

/// Ends the proxy, whoever may still read through it.
pub struct ProxyEnd {
    stop: CancellationToken,
    supervising: JoinHandle<()>,
}

type Ask<T> = fn(Lease, String) -> BoxFuture<'static, Result<T, ReadError>>;

impl KubectlProxy {
    /// Starts nothing yet: the first read does. The proxy ends once this is dropped.
    #[must_use]
    pub fn new(parts: ProxyParts) -> (Self, ProxyEnd) {
        let (wanted, readers) = mpsc::channel(WAITING);
        let stop = CancellationToken::new();
        let supervising = tokio::spawn(Supervisor::new(parts, readers, stop.clone()).run());
        (Self { wanted }, ProxyEnd { stop, supervising })
    }

    async fn ask<T: Send>(&self, request: ReadRequest, ask: Ask<T>) -> Result<T, ReadError> {
        let ReadRequest { path, timeout: deadline } = request;
        let until = Instant::now() + deadline;
        let lease = timeout_at(until, self.lease(None)).await.map_err(|_| {
            let waited = deadline.as_secs_f64();
            ReadError::Unreachable(format!("`kubectl proxy` did not serve within {waited} s"))
        })??;
        let silence = lease.silence.clone();
        let asked = Instant::now();
        timeout_at(until, self.ask_beside(lease, path, ask)).await.unwrap_or_else(|_| {
            // A read that waited for the proxy to start gave it too little time.
            if asked.elapsed() >= deadline / 2 {
                silence.unanswered();
            }
            Err(ReadError::TimedOut(deadline))
        })
    }

    /// Asks again beside a request that has no answer, and takes the first answer.
    async fn ask_beside<T: Send>(
        &self,
        lease: Lease,
        path: String,
        ask: Ask<T>,
    ) -> Result<T, ReadError> {
        let mut asked = FuturesUnordered::new();
        asked.push(self.ask_twice(lease, path.clone(), ask).boxed());
        for pause in PATIENCE {
            match timeout(pause, answer_of(&mut asked)).await {
                Ok(answer) => return answer,
                Err(_) => asked.push(self.ask_anew(path.clone(), ask).boxed()),
            }
        }
        answer_of(&mut asked).await
    }

    async fn ask_anew<T: Send>(&self, path: String, ask: Ask<T>) -> Result<T, ReadError> {
        self.ask_twice(self.lease(None).await?, path, ask).await
    }

    /// Asks once more if the proxy ended before it answered: a read may be repeated.
    async fn ask_twice<T: Send>(
        &self,
        lease: Lease,
        path: String,
        ask: Ask<T>,
    ) -> Result<T, ReadError> {
        let number = lease.number;
        let ended = lease.ended.clone();
        match ask(lease, path.clone()).await {
            Err(ReadError::Unreachable(_)) => {
                // The connections of a process that is killed break a moment before its end shows.
                drop(timeout(SETTLES, ended.cancelled()).await);
                ask(self.lease(Some(number)).await?, path).await
            }
            answer => answer,
        }
    }

    pub(super) async fn lease(&self, broken: Option<u64>) -> Result<Lease, ReadError> {
        let stopped = || ReadError::Unreachable("boathook stops".to_owned());
        let (reply, lease) = oneshot::channel();
        self.wanted.send(LeaseRequest { broken, reply }).await.map_err(|_| stopped())?;
        lease.await.unwrap_or_else(|_| Err(stopped()))
    }
}

impl ApiServer for KubectlProxy {
    fn read(&self, request: ReadRequest) -> BoxFuture<'_, Result<ReadAnswer, ReadError>> {
        self.ask(request, answer::read).boxed()
    }

    fn watch(&self, request: ReadRequest) -> BoxFuture<'_, Result<WatchAnswer, ReadError>> {
        self.ask(request, answer::watch).boxed()
    }
}

impl ProxyEnd {
    /// Returns when the proxy has ended, and its end is logged.
    pub async fn end(self) {
        self.stop.cancel();
        // A supervisor that panicked has dropped, and so killed, the process.
        drop(self.supervising.await);
    }
}

/// The first answer, or the last error.
async fn answer_of<T>(
    asked: &mut FuturesUnordered<impl Future<Output = Result<T, ReadError>>>,
) -> Result<T, ReadError> {
    let mut answer = Err(ReadError::Unreachable("nothing was asked".to_owned()));
    while let Some(one) = asked.next().await {
        answer = one;
        if answer.is_ok() {
            break;
        }
    }
    answer
}
