//! What a failed call means. Every failure of kubectl is exit code 1; only its text distinguishes
//! them.

use std::{io, path::PathBuf, time::Duration};

use boathook_core::failure::{self, Class};
use boathook_process::{Exit, Finished, RunError};

use crate::cluster::{CallEnd, FailedCall};

/// Characters of a program's output, or of a refusal, in an error.
pub(super) const WORDS_MAX: usize = 1200;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The object is not there.
    #[error("{0}")]
    Missing(FailedCall),
    /// A `test` in a JSON patch did not hold (or a path was wrong: the cluster says the same of
    /// both).
    #[error("{0}")]
    Changed(FailedCall),
    /// The cluster, registry or containerd is unreachable, busy or slow: a retry may succeed.
    #[error("{0}")]
    Transient(FailedCall),
    /// It was refused; a retry would be refused too.
    #[error("{0}")]
    Refused(FailedCall),
    /// The API server does not serve this kind of object.
    #[error("the server doesn't have a resource type \"{0}\"")]
    NoKind(String),
    /// No object can have this name.
    #[error("{0:?} cannot be the name of an object")]
    NoName(String),
    /// boathook cannot parse the program's output, or what was read.
    #[error("the answer of `{program}` cannot be read: {reason}")]
    Unreadable {
        /// What was run, shortened, or read.
        program: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It exited with 0, but did not do what was asked.
    #[error(
        "`{program}` ended with exit code 0, but its answer does not show what was sent: {missing}"
    )]
    NotDone {
        /// What was run, shortened.
        program: String,
        /// What the answer lacks.
        missing: String,
    },
    /// No kubeconfig can be read. kubectl was not run: it would ask whoever listens on
    /// localhost:8080.
    #[error(
        "the kubeconfig {} cannot be read (scripts/setup.sh makes it; tools.kubeconfig names another one)",
        path.display()
    )]
    NoKubeconfig {
        /// The file, absolute.
        path: PathBuf,
        source: io::Error,
    },
    /// What the program was to read could not be written.
    #[error("failed to write {}", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        source: io::Error,
    },
    /// The program could not be run at all.
    #[error(transparent)]
    NotRun(#[from] RunError),
}

impl ClusterError {
    /// Classifies a failed run by its output.
    pub(crate) fn of(program: String, finished: &Finished) -> Self {
        let stderr = finished.stderr.text();
        let run = FailedCall {
            call: program,
            end: CallEnd::Exit(finished.exit),
            duration: finished.duration,
            words: words(&stderr),
        };
        if !matches!(finished.exit, Exit::Code(_)) {
            return Self::Transient(run);
        }
        if stderr.contains("the server rejected our request due to an error in our request") {
            return Self::Changed(run);
        }
        match refusals(&stderr) {
            Refusals::None if failure::of_message(&stderr).is_some_and(Class::is_transient) => {
                Self::Transient(run)
            }
            Refusals::Transient => Self::Transient(run),
            Refusals::Missing => Self::Missing(run),
            Refusals::None | Refusals::Other => Self::Refused(run),
        }
    }

    /// The error of a failed call of this class.
    pub(super) const fn by(class: Class, call: FailedCall) -> Self {
        if class.is_transient() { Self::Transient(call) } else { Self::Refused(call) }
    }

    /// How long the API server asks to wait before the next try.
    #[must_use]
    pub(crate) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Transient(FailedCall { end: CallEnd::Answer { retry_after, .. }, .. }) => {
                *retry_after
            }
            _ => None,
        }
    }

    /// Whether a retry may succeed.
    #[must_use]
    pub(crate) const fn is_retryable(&self) -> bool {
        matches!(self, Self::Transient(_) | Self::NoKubeconfig { .. })
    }

    /// Whether access control refused it.
    #[must_use]
    pub(crate) fn is_forbidden(&self) -> bool {
        let is_forbidden =
            |call: &FailedCall| failure::reasons(&call.words).any(|reason| reason == "Forbidden");
        matches!(self, Self::Refused(call) if is_forbidden(call))
    }
}

/// The class of kubectl's reasons.
enum Refusals {
    None,
    Transient,
    Missing,
    Other,
}

/// `apply` may be refused for several objects at once: a permanent reason decides.
fn refusals(stderr: &str) -> Refusals {
    let mut any = false;
    let mut permanent = failure::reasons(stderr)
        .inspect(|_| any = true)
        .filter(|reason| !failure::of_reason(reason).is_transient());
    let first = permanent.next();
    let others_too = permanent.all(|reason| reason == "NotFound");
    match first {
        None if any => Refusals::Transient,
        None => Refusals::None,
        Some("NotFound") if others_too => Refusals::Missing,
        Some(_) => Refusals::Other,
    }
}

/// A program's error output without warnings and client log lines, shortened to about 1,200
/// characters.
fn words(stderr: &str) -> String {
    let noise =
        |line: &&str| !(line.is_empty() || line.starts_with("Warning: ") || is_log_line(line));
    let lines: Vec<&str> = stderr.lines().map(str::trim_end).filter(noise).collect();
    let retried = stderr
        .lines()
        .filter_map(Retried::read)
        .fold((0, None), |(times, _), last| (times + 1, Some(last)));
    let kept = match (lines.is_empty(), retried) {
        (true, (times, Some(last))) => last.in_words(times),
        (false, (times, Some(last))) => format!("{}; {}", lines.join("; "), last.in_words(times)),
        (false, (_, None)) => lines.join("; "),
        (true, (_, None)) => stderr.trim().to_owned(),
    };
    if kept.is_empty() {
        return "it said nothing on stderr".to_owned();
    }
    failure::shorten(&kept, WORDS_MAX)
}

/// A line in which kubectl reports that the API server asks it to retry later.
struct Retried<'a> {
    delay: &'a str,
    url: &'a str,
}

impl<'a> Retried<'a> {
    /// `Got a Retry-After 1s response for attempt 3 to URL`, from 1.37 on `"Got a Retry-After
    /// response" delay="1s" attempt=3 url="URL"`.
    fn read(line: &'a str) -> Option<Self> {
        let (_, reported) = line.split_once("with_retry.go:")?;
        let (_, reported) = reported.split_once("Got a Retry-After ")?;
        if let Some((delay, rest)) = reported.split_once(" response for attempt ") {
            return Some(Self { delay, url: rest.split_once(" to ")?.1 });
        }
        let quoted = |key: &str| reported.split_once(key)?.1.split('"').next();
        Some(Self { delay: quoted("delay=\"")?, url: quoted("url=\"")? })
    }

    fn in_words(&self, times: u32) -> String {
        let Self { delay, url } = self;
        let url = url.split('?').next().unwrap_or_default();
        let attempts = if times == 1 { "once".to_owned() } else { format!("{times} times") };
        format!(
            "the API server put the request off {attempts} (Retry-After {delay}, at {url}): it is overloaded (429), starting, or without its store (503)"
        )
    }
}

/// klog's lines: `E1122 19:03:32.488347    3592 memcache.go:265] ...`.
fn is_log_line(line: &str) -> bool {
    let mut letters = line.bytes();
    matches!(letters.next(), Some(b'E' | b'W' | b'I'))
        && letters.by_ref().take(4).all(|b| b.is_ascii_digit())
        && line.contains(".go:")
}
