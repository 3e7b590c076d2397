//! The proxy's process, from its start to its end.

use std::{sync::Arc, time::Duration};

use boathook_core::{
    api_server::{ProxyEvent, ReadError},
    deployment::error_chain,
};
use boathook_process::{Command, Finished, RunError, Runner};
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

use crate::redact::Redactor;

/// The line that it prints when its socket is open.
const READY: &str = "Starting to serve on ";
/// How long it may take until then, on a node that is short of everything. Readers wait no longer
/// than their own deadlines.
const START: Duration = Duration::from_secs(60);
/// Lines that may wait to be read; it prints one.
const LINES: usize = 4;
/// Bytes of its error output in an error.
const STDERR_IN_ERROR: usize = 1200;
/// Bytes of its error output that are recorded.
const STDERR_TAIL: usize = 4096;

/// How it ended.
pub(super) type Ended = Result<Finished, RunError>;

/// A started process. Dropping it kills its process group.
pub(super) struct Process {
    run: BoxFuture<'static, Ended>,
    lines: mpsc::Receiver<String>,
    began: Instant,
}

impl Process {
    pub(super) fn start(runner: &Arc<dyn Runner>, command: Command) -> Self {
        let (sender, lines) = mpsc::channel(LINES);
        let runner = Arc::clone(runner);
        let run = async move { runner.run(command, Some(sender)).await }.boxed();
        Self { run, lines, began: Instant::now() }
    }

    /// Returns once it serves; otherwise how it ended, or nothing if it only took too long.
    pub(super) async fn serves(&mut self) -> Result<(), Option<Ended>> {
        let Self { run, lines, .. } = self;
        tokio::select! {
            biased;
            ended = run => Err(Some(ended)),
            () = ready(lines) => Ok(()),
            () = sleep(START) => Err(None),
        }
    }

    /// Returns when it ends by itself.
    pub(super) async fn ended(&mut self) -> Ended {
        loop {
            tokio::select! {
                biased;
                ended = &mut self.run => return ended,
                Some(_) = self.lines.recv() => {}
            }
        }
    }

    /// How long it has run.
    pub(super) fn age(&self) -> Duration {
        self.began.elapsed()
    }

    /// Ends it, and says how that went.
    pub(super) async fn stop(self, why: &'static str, redactor: &Redactor) -> ProxyEvent {
        drop(self.lines);
        end_of(&self.run.await, Some(why), redactor)
    }
}

async fn ready(lines: &mut mpsc::Receiver<String>) {
    while let Some(line) = lines.recv().await {
        if line.starts_with(READY) {
            return;
        }
    }
    std::future::pending().await
}

/// What is recorded of an end; `reason` is why boathook ended it.
pub(super) fn end_of(
    ended: &Ended,
    reason: Option<&'static str>,
    redactor: &Redactor,
) -> ProxyEvent {
    let (exit, duration, stderr) = match ended {
        Err(error) => (format!("not run: {error}"), Duration::ZERO, String::new()),
        Ok(Finished { exit, stdout: _, stderr, duration }) => {
            let stderr = if reason.is_none() { stderr.tail(STDERR_TAIL) } else { String::new() };
            (exit.to_string(), *duration, stderr)
        }
    };
    ProxyEvent::Ended { exit, duration, reason, stderr: redactor.text(&stderr).into_owned() }
}

/// The error of a reader whose proxy never served.
pub(super) fn not_started(ended: Option<&Ended>, redactor: &Redactor) -> ReadError {
    match ended {
        None => ReadError::Unreachable(format!(
            "`kubectl proxy` did not serve within {} s",
            START.as_secs()
        )),
        Some(Err(error @ (RunError::NotFound { .. } | RunError::NotPermitted { .. }))) => {
            ReadError::NoReader(error_chain(error))
        }
        Some(Err(error)) => ReadError::Unreachable(error_chain(error)),
        Some(Ok(finished)) => {
            let stderr = redactor.text(&finished.stderr.tail(STDERR_IN_ERROR)).trim().to_owned();
            let said = if stderr.is_empty() { "it said nothing on stderr" } else { &stderr };
            // Perhaps its kubeconfig was being written just then.
            ReadError::Unreachable(format!(
                "`kubectl proxy` ended before it served ({}): {said}",
                finished.exit
            ))
        }
    }
}
