//! What happens to the proxy itself, for whoever keeps a record of it.

use std::{sync::Arc, time::Duration};

use boathook_process::{Finished, RunError};

use crate::redact::Redactor;

/// Bytes of error output that are recorded.
const STDERR_TAIL: usize = 4096;

/// Takes what happens; it may not wait.
pub type ProxyLog = Arc<dyn Fn(ProxyEvent) + Send + Sync>;

/// A start or an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyEvent {
    /// It is about to be started.
    Started {
        /// The whole argument list.
        argv: Vec<String>,
    },
    /// It ended.
    Ended {
        /// How.
        exit: String,
        /// How long it ran.
        duration: Duration,
        /// Why boathook ended it; none if it ended by itself.
        reason: Option<&'static str>,
        /// The end of its error output if it ended by itself, without secrets.
        stderr: String,
    },
}

impl ProxyEvent {
    pub(super) fn ended(
        ended: &Result<Finished, RunError>,
        reason: Option<&'static str>,
        redactor: &Redactor,
    ) -> Self {
        let (exit, duration, stderr) = match ended {
            Err(error) => (format!("not run: {error}"), Duration::ZERO, String::new()),
            Ok(Finished { exit, stdout: _, stderr, duration }) => {
                let stderr =
                    if reason.is_none() { stderr.tail(STDERR_TAIL) } else { String::new() };
                (exit.to_string(), *duration, stderr)
            }
        };
        Self::Ended { exit, duration, reason, stderr: redactor.text(&stderr).into_owned() }
    }
}
