//! What a failed program means. Every failure of kubectl is exit code 1; only its words tell them apart.

use std::time::Duration;

use crate::process::{Exit, Finished, RunError};

/// Letters of a program's own words that go into an error.
const WORDS_MAX: usize = 1200;

/// Why a verb did not do what it says.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The object is not there.
    #[error("{0}")]
    Missing(FailedRun),
    /// A `test` in a JSON patch did not hold (or a path was wrong: the cluster says the same of both).
    #[error("{0}")]
    Changed(FailedRun),
    /// Cluster, registry or containerd are away, busy or slow: the same may work a little later.
    #[error("{0}")]
    Away(FailedRun),
    /// It was refused, and would be refused again.
    #[error("{0}")]
    Refused(FailedRun),
    /// The program answered something that boathook cannot read.
    #[error("the answer of `{program}` cannot be read: {reason}")]
    Unreadable {
        /// What was run, shortened.
        program: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The program could not be run at all.
    #[error(transparent)]
    NotRun(#[from] RunError),
}

/// A program that ran and failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("`{program}` failed ({exit} after {} ms): {words}", .duration.as_millis())]
pub struct FailedRun {
    /// What was run, shortened.
    pub program: String,
    /// How it ended.
    pub exit: Exit,
    /// How long it ran.
    pub duration: Duration,
    /// Its own words, without warnings and log noise; untrusted wherever they are shown.
    pub words: String,
}

impl ClusterError {
    /// Sorts a failed run by its words.
    pub(crate) fn of(program: String, finished: &Finished) -> Self {
        let stderr = finished.stderr.text();
        let run = FailedRun { program, exit: finished.exit, duration: finished.duration, words: words(&stderr) };
        if !matches!(finished.exit, Exit::Code(_)) {
            return Self::Away(run);
        }
        let says = |any: &[&str]| any.iter().any(|word| stderr.contains(word));
        if says(&["the server rejected our request due to an error in our request"]) {
            Self::Changed(run)
        } else if says(PASSING) {
            Self::Away(run)
        } else if says(&["(NotFound)"]) {
            Self::Missing(run)
        } else {
            Self::Refused(run)
        }
    }

    /// Whether the same may work a little later.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Away(_))
    }

    /// Whether access control refused it.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Refused(run) if run.words.contains("(Forbidden)"))
    }
}

/// Words of failures that pass by themselves, as kubectl, the API server, crictl and containerd write them.
const PASSING: &[&str] = &[
    "(Conflict)",
    "(InternalError)",
    "(ServiceUnavailable)",
    "(Timeout)",
    "(TooManyRequests)",
    "(ServerTimeout)",
    "was refused - did you specify the right host or port",
    "Unable to connect to the server",
    "connection refused",
    "connection reset",
    "no such host",
    "no route to host",
    "network is unreachable",
    "connection timed out",
    "client connection lost",
    "i/o timeout",
    "TLS handshake timeout",
    "context deadline exceeded",
    "Client.Timeout exceeded",
    "unexpected EOF",
    "etcdserver:",
    "failed to download openapi",
    "the server is currently unable to handle the request",
    "the server has received too many requests",
    "Too Many Requests",
    "502 Bad Gateway",
    "503 Service Unavailable",
    "DeadlineExceeded",
    "code = Unavailable desc = connection error",
];

/// A program's own words: what is left of stderr without warnings and client log lines, at most 1,200 letters.
fn words(stderr: &str) -> String {
    let noise = |line: &&str| !(line.is_empty() || line.starts_with("Warning: ") || is_log_line(line));
    let lines: Vec<&str> = stderr.lines().map(str::trim_end).filter(noise).collect();
    let kept = if lines.is_empty() { stderr.trim().to_owned() } else { lines.join("; ") };
    if kept.is_empty() {
        return "it said nothing on stderr".to_owned();
    }
    kept.chars().take(WORDS_MAX).collect()
}

/// klog's lines: `E1122 19:03:32.488347    3592 memcache.go:265] ...`.
fn is_log_line(line: &str) -> bool {
    let mut letters = line.bytes();
    matches!(letters.next(), Some(b'E' | b'W' | b'I')) && letters.by_ref().take(4).all(|b| b.is_ascii_digit()) && line.contains(".go:")
}
