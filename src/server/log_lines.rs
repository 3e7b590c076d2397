//! An application's log as JSON, a document a line: first which revision it is, then each line
//! without secrets, at last why there are no more.
//!
//! A line that is empty keeps the connection, and shows whether anyone still reads: once nobody
//! does, the stream is dropped, and kubectl with it.

use std::time::Duration;

use actix_web::{error::Error, web::Bytes};
use boathook_core::{deployment::LogRequest, failure::shorten};
use futures_util::{Stream, StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::JoinHandle, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{redact::Redactor, server::OperatorState};

/// The pause between two empty lines.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Lines that wait for the reader; kubectl waits behind them.
const WAITING: usize = 16;
/// Characters of a line that are shown.
const LINE_MAX: usize = 16 << 10;

/// The log of one revision.
pub(super) struct LogLines {
    first: Option<Value>,
    lines: mpsc::Receiver<String>,
    end: JoinHandle<Result<(), String>>,
    redactor: Redactor,
    stopping: CancellationToken,
}

impl LogLines {
    /// Begins to read.
    pub(super) fn read(request: LogRequest, operators: &OperatorState) -> Self {
        let LogRequest { environment, service, revision, .. } = &request;
        let first = json!({"revision": revision, "service": service, "environment": environment});
        let (sender, lines) = mpsc::channel(WAITING);
        Self {
            first: Some(first),
            lines,
            end: tokio::spawn((operators.read_log)(request, sender)),
            redactor: operators.redactor.clone(),
            stopping: operators.stopping.clone(),
        }
    }

    pub(super) fn frames(self) -> impl Stream<Item = Result<Bytes, Error>> {
        stream::unfold(Some(self), |lines| async { lines?.next().await }).map(Ok)
    }

    /// The next line, and what comes after it.
    async fn next(mut self) -> Option<(Bytes, Option<Self>)> {
        if let Some(first) = self.first.take() {
            return Some((frame(&first), Some(self)));
        }
        let line = tokio::select! {
            line = self.lines.recv() => line,
            () = sleep(HEARTBEAT) => return Some((Bytes::from_static(b"\n"), Some(self))),
            () = self.stopping.cancelled() => {
                return Some((frame(&json!({"error": "boathook is shutting down"})), None));
            }
        };
        if let Some(line) = line {
            let line = json!({"line": shorten(&self.redactor.text(&line), LINE_MAX)});
            return Some((frame(&line), Some(self)));
        }
        let end = match self.end.await.unwrap_or_else(|error| Err(error.to_string())) {
            Ok(()) => json!({"end": true}),
            Err(why) => json!({"error": self.redactor.text(&why)}),
        };
        Some((frame(&end), None))
    }
}

fn frame(document: &Value) -> Bytes {
    Bytes::from(format!("{document}\n"))
}
