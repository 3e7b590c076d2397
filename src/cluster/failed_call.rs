//! A call to the outside that failed: a program, or a read of the API server.

use std::{fmt, time::Duration};

use boathook_process::Exit;

/// A program that ran and failed, or a read that was not answered with what was asked for.
#[derive(Debug, Clone, thiserror::Error)]
#[error("`{call}` failed ({end} after {} ms): {words}", .duration.as_millis())]
pub struct FailedCall {
    /// What was run, shortened, or what was read: `GET /api/v1/namespaces/web`.
    pub call: String,
    /// How it ended.
    pub end: CallEnd,
    /// How long it took.
    pub duration: Duration,
    /// What was said of it, in kubectl's words; untrusted wherever it is shown.
    pub words: String,
}

/// How a failed call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallEnd {
    /// The program's end.
    Exit(Exit),
    /// The API server, or the proxy before it, answered.
    Answer {
        /// The HTTP status code.
        code: u16,
        /// How long it asks to wait before the next try.
        retry_after: Option<Duration>,
    },
    /// There was no answer.
    NoAnswer,
}

impl fmt::Display for CallEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(exit) => exit.fmt(f),
            Self::Answer { code, retry_after: _ } => write!(f, "HTTP {code}"),
            Self::NoAnswer => f.write_str("no answer"),
        }
    }
}
