//! Starts the proxy when someone wants to read, and ends it when nobody does.

use std::{sync::Arc, time::Duration};

use boathook_core::{api_server::ReadError, rate::Backoff};
use reqwest::Client;
use tokio::{
    net::UnixStream,
    sync::{mpsc, oneshot, watch},
    task::spawn_blocking,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    api_proxy::{
        ProxyEvent, ProxyParts,
        command::command,
        folder::Folder,
        lease::{InUse, Lease},
        process::{Ended, Process, not_started},
    },
    cluster::Tools,
    http_client,
};

/// How long nobody reads before the proxy ends: longer than the pauses of a deployment under way,
/// and short beside those between deployments, so that an idle boathook has no child.
const IDLE: Duration = Duration::from_secs(5 * 60);
/// The pauses before a proxy that died, or did not start, is started again.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
/// A proxy that served this long was a good one: the pauses begin anew.
const GOOD: Duration = Duration::from_secs(60);
/// Open connections that are kept for the next reads.
const POOLED: usize = 8;
/// Bytes of error output that are recorded.
const STDERR_TAIL: usize = 4096;

/// Someone wants to read.
pub(super) struct Wanted {
    /// The proxy that just failed them.
    pub broken: Option<u64>,
    pub reply: oneshot::Sender<Result<Lease, ReadError>>,
}

/// The one who starts and ends it.
pub(super) struct Supervisor {
    parts: ProxyParts,
    folder: Arc<Folder>,
    wanted: mpsc::Receiver<Wanted>,
    backoff: Backoff,
    number: u64,
}

/// A proxy that serves.
struct Serving {
    process: Process,
    client: Client,
    number: u64,
    tools: Arc<Tools>,
    readers: watch::Sender<usize>,
    ended: CancellationToken,
}

/// Why a proxy ends.
enum End {
    Died(Ended),
    /// It is stopped, and the reader who wants another one.
    Stopped(&'static str, Option<Wanted>),
}

impl Supervisor {
    pub(super) fn new(parts: ProxyParts, wanted: mpsc::Receiver<Wanted>) -> Self {
        let folder = Arc::new(Folder::at(parts.folder.clone()));
        Self { parts, folder, wanted, backoff: BACKOFF, number: 0 }
    }

    /// Serves readers until there are none left.
    pub(super) async fn run(mut self) {
        let mut next = None;
        loop {
            let first = match next.take() {
                Some(wanted) => Some(wanted),
                None => self.wanted.recv().await,
            };
            let Some(first) = first else { return };
            match self.start().await {
                Ok(serving) => next = self.attend(serving, first).await,
                Err(error) => {
                    first.answer(Err(error.clone()));
                    self.refuse(&error).await;
                }
            }
        }
    }

    async fn start(&mut self) -> Result<Serving, ReadError> {
        let tools = self.parts.tools.get();
        if let Some(error) = tools.check_kubeconfig().await.err() {
            return Err(ReadError::Unreachable(boathook_core::deployment::error_chain(&error)));
        }
        let folder = Arc::clone(&self.folder);
        blocking(move || folder.prepare()).await?;
        let command = command(&tools, &self.folder.socket());
        (self.parts.log)(ProxyEvent::Started { argv: command.argv.clone() });
        let mut process = Process::start(&self.parts.runner, command);
        if let Err(ended) = process.serves().await {
            let error = not_started(ended.as_ref(), &self.parts.redactor);
            let ended = match ended {
                Some(ended) => (ended, None),
                None => (process.stop().await, Some("did not serve in time")),
            };
            self.record(&ended.0, ended.1);
            return Err(error);
        }
        let folder = Arc::clone(&self.folder);
        if let Err(error) = blocking(move || folder.check_socket()).await {
            let ended = process.stop().await;
            self.record(&ended, Some("open to others"));
            return Err(error);
        }
        self.number += 1;
        let client = http_client::direct("http://localhost")
            .unix_socket(self.folder.socket())
            .pool_max_idle_per_host(POOLED)
            .build()
            .map_err(|error| ReadError::NoReader(error.to_string()))?;
        Ok(Serving {
            process,
            client,
            number: self.number,
            tools,
            readers: watch::Sender::new(0),
            ended: CancellationToken::new(),
        })
    }

    /// Gives readers the proxy until it ends; returns the one who needs another.
    async fn attend(&mut self, mut serving: Serving, first: Wanted) -> Option<Wanted> {
        first.answer(Ok(serving.lease()));
        let end = self.until_end(&mut serving).await;
        serving.ended.cancel();
        let age = serving.process.age();
        let (ended, reason, next) = match end {
            End::Died(ended) => (ended, None, None),
            End::Stopped(reason, next) => (serving.process.stop().await, Some(reason), next),
        };
        self.record(&ended, reason);
        if age >= GOOD {
            self.backoff.reset();
        }
        if reason.is_none() {
            sleep(self.backoff.pause()).await;
        }
        next
    }

    async fn until_end(&mut self, serving: &mut Serving) -> End {
        loop {
            let readers = serving.readers.subscribe();
            tokio::select! {
                biased;
                ended = serving.process.ended() => return End::Died(ended),
                wanted = self.wanted.recv() => match wanted {
                    None => return End::Stopped("boathook stops", None),
                    Some(wanted) => match self.unfit(serving, &wanted).await {
                        None => wanted.answer(Ok(serving.lease())),
                        Some(reason) => return End::Stopped(reason, Some(wanted)),
                    }
                },
                () = idle(readers) => return End::Stopped("idle", None),
            }
        }
    }

    /// Why this reader needs another proxy.
    async fn unfit(&self, serving: &mut Serving, wanted: &Wanted) -> Option<&'static str> {
        if serving.tools != self.parts.tools.get() {
            return Some("the configuration was reloaded");
        }
        if wanted.broken == Some(serving.number)
            && UnixStream::connect(self.folder.socket()).await.is_err()
        {
            return Some("its socket does not answer");
        }
        None
    }

    /// Tells everyone who asks during the pause why there is no proxy.
    async fn refuse(&mut self, error: &ReadError) {
        let until = Instant::now() + self.backoff.pause();
        loop {
            tokio::select! {
                () = sleep_until(until) => return,
                wanted = self.wanted.recv() => match wanted {
                    Some(wanted) => wanted.answer(Err(error.clone())),
                    None => return,
                }
            }
        }
    }

    fn record(&self, ended: &Ended, reason: Option<&'static str>) {
        let event = match ended {
            Err(error) => ProxyEvent::Ended {
                exit: format!("not run: {error}"),
                duration: Duration::ZERO,
                reason,
                stderr: String::new(),
            },
            Ok(finished) => {
                let stderr = match reason {
                    Some(_) => String::new(),
                    None => finished.stderr.tail(STDERR_TAIL),
                };
                ProxyEvent::Ended {
                    exit: finished.exit.to_string(),
                    duration: finished.duration,
                    reason,
                    stderr: self.parts.redactor.text(&stderr).into_owned(),
                }
            }
        };
        if let (ProxyEvent::Ended { exit, stderr, .. }, None) = (&event, reason) {
            warn!(exit, stderr, "`kubectl proxy` ended; the next read starts another");
        }
        (self.parts.log)(event);
    }
}

impl Wanted {
    /// A reader that has gone by now needs no answer.
    fn answer(self, answer: Result<Lease, ReadError>) {
        drop(self.reply.send(answer));
    }
}

impl Serving {
    fn lease(&self) -> Lease {
        Lease {
            client: self.client.clone(),
            number: self.number,
            ended: self.ended.clone(),
            answer_max: self.tools.output_cap,
            _in_use: InUse::one_more(&self.readers),
        }
    }
}

/// Returns when nobody has read for a while.
async fn idle(mut readers: watch::Receiver<usize>) {
    loop {
        if readers.wait_for(|count| *count == 0).await.is_err()
            || timeout(IDLE, readers.changed()).await.is_err()
        {
            return;
        }
    }
}

async fn blocking<E: std::error::Error + Send + 'static>(
    work: impl FnOnce() -> Result<(), E> + Send + 'static,
) -> Result<(), ReadError> {
    match spawn_blocking(work).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(ReadError::NoReader(error.to_string())),
        Err(_) => Err(ReadError::NoReader("a thread of boathook panicked".to_owned())),
    }
}
