//! Starts the proxy when someone wants to read, and ends it when nobody does.

use std::time::Duration;

use boathook_core::{
    api_server::{ProxyEvent, ReadError},
    rate::Backoff,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::api_proxy::{
    ProxyParts,
    lease::Lease,
    process::{Ended, end_of},
    serving::{Serving, Unfit},
    start::{STOPS, Starter},
};

/// The pauses before a proxy that died, or did not start, is started again.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
/// A proxy that served this long was a good one: the pauses begin anew.
const GOOD: Duration = Duration::from_secs(60);

/// Someone wants to read.
pub(super) struct LeaseRequest {
    /// The proxy that just failed them.
    pub broken: Option<u64>,
    pub reply: oneshot::Sender<Result<Lease, ReadError>>,
}

/// The one who starts and ends it.
pub(super) struct Supervisor {
    parts: ProxyParts,
    starter: Starter,
    wanted: mpsc::Receiver<LeaseRequest>,
    stop: CancellationToken,
    backoff: Backoff,
}

/// Why a proxy ends.
enum End {
    Died(Ended),
    /// It is stopped, and perhaps someone wants another one.
    Stopped(&'static str, Option<LeaseRequest>),
    /// It runs and does not work: someone wants another one.
    Failed(&'static str, LeaseRequest),
}

impl Supervisor {
    pub(super) fn new(
        parts: ProxyParts,
        wanted: mpsc::Receiver<LeaseRequest>,
        stop: CancellationToken,
    ) -> Self {
        let starter = Starter::new(&parts);
        Self { parts, starter, wanted, stop, backoff: BACKOFF }
    }

    /// Serves readers until there are none left, or it is stopped.
    pub(super) async fn run(mut self) {
        // At once: perhaps nobody reads for long.
        if let Err(error) = self.starter.tidy().await {
            warn!(reason = error.to_string(), "The socket of an earlier `kubectl proxy` stays");
        }
        let mut next = None;
        loop {
            let first = match next.take() {
                Some(wanted) => Some(wanted),
                None => self.next().await,
            };
            let Some(first) = first else { return };
            match self.starter.start(&self.parts, &self.stop).await {
                Ok(serving) => next = self.attend(serving, first).await,
                Err(error) => {
                    first.answer(Err(error.clone()));
                    self.refuse(&error).await;
                }
            }
        }
    }

    /// The next who wants to read; none if nobody can any more.
    async fn next(&mut self) -> Option<LeaseRequest> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            wanted = self.wanted.recv() => wanted,
        }
    }

    /// Gives readers the proxy until it ends; returns the one who needs another.
    async fn attend(&mut self, mut serving: Serving, first: LeaseRequest) -> Option<LeaseRequest> {
        first.answer(Ok(serving.lease()));
        let end = self.until_end(&mut serving).await;
        serving.ended.cancel();
        if serving.process.age() >= GOOD {
            self.backoff.reset();
        }
        match end {
            End::Stopped(reason, next) => {
                (self.parts.log)(serving.process.stop(reason, &self.parts.redactor).await);
                next
            }
            End::Failed(reason, next) => {
                warn!(reason, "`kubectl proxy` is replaced");
                (self.parts.log)(serving.process.stop(reason, &self.parts.redactor).await);
                self.pause().await.then_some(next)
            }
            End::Died(ended) => {
                let event = end_of(&ended, None, &self.parts.redactor);
                if let ProxyEvent::Ended { exit, stderr, .. } = &event {
                    warn!(exit, stderr, "`kubectl proxy` ended; the next read starts another");
                }
                (self.parts.log)(event);
                self.pause().await;
                None
            }
        }
    }

    async fn until_end(&mut self, serving: &mut Serving) -> End {
        loop {
            let readers = serving.readers.subscribe();
            tokio::select! {
                biased;
                ended = serving.process.ended() => return End::Died(ended),
                wanted = self.next() => {
                    let Some(wanted) = wanted else { return End::Stopped(STOPS, None) };
                    let tools = self.parts.tools.get();
                    match serving.unfit(&tools, wanted.broken).await {
                        None => wanted.answer(Ok(serving.lease())),
                        Some(Unfit::Outdated(reason)) => return End::Stopped(reason, Some(wanted)),
                        Some(Unfit::Failed(reason)) => return End::Failed(reason, wanted),
                    }
                }
                () = Serving::idle(readers) => return End::Stopped("nobody reads", None),
            }
        }
    }

    /// Waits before another start, and readers wait too; false if boathook stops.
    async fn pause(&mut self) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            () = sleep(self.backoff.pause()) => true,
        }
    }

    /// Tells everyone who asks during the pause why there is no proxy.
    async fn refuse(&mut self, error: &ReadError) {
        let until = Instant::now() + self.backoff.pause();
        loop {
            tokio::select! {
                () = sleep_until(until) => return,
                wanted = self.next() => match wanted {
                    Some(wanted) => wanted.answer(Err(error.clone())),
                    None => return,
                }
            }
        }
    }
}

impl LeaseRequest {
    /// A reader that has gone by now needs no answer.
    fn answer(self, answer: Result<Lease, ReadError>) {
        drop(self.reply.send(answer));
    }
}
