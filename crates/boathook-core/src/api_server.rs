//! Reading the API server: what is asked, what it answers, and the seam behind which it is asked.

use std::time::Duration;

use futures_util::{future::BoxFuture, stream::BoxStream};

/// One read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRequest {
    /// Path and query, from the root of the API: `/api/v1/namespaces/web/pods?labelSelector=a%3Db`.
    pub path: String,
    /// The deadline of the whole answer; of a watch, until it answers at all.
    pub timeout: Duration,
}

/// What was answered, be it the object or a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadAnswer {
    /// The HTTP status code.
    pub code: u16,
    /// How long to wait before the next try, if the API server asks for that.
    pub retry_after: Option<Duration>,
    /// JSON if the API server answered; plain text if only a proxy before it did.
    pub body: Vec<u8>,
}

/// The answer to a watch.
pub enum WatchAnswer {
    /// One JSON document each, `{"type": ..., "object": ...}`. The stream ends when the API server
    /// ends the watch, which is no failure; an error is its last item. Dropping it ends the watch.
    Events(BoxStream<'static, Result<Vec<u8>, ReadError>>),
    /// Anything but 200.
    Refused(ReadAnswer),
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Whoever reads cannot be started, and another try would not help.
    #[error("{0}")]
    NoReader(String),
    /// It, or the connection to it, ended before the answer did.
    #[error("{0}")]
    Unreachable(String),
    #[error("the API server gave no answer within {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    #[error("the API server's answer is longer than {0} bytes")]
    TooLong(usize),
}

/// What happens to a proxy through which the API server is read.
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

/// Reads the API server. Production has one implementation (a supervised `kubectl proxy`); tests
/// have the simulated cluster behind it. It changes nothing.
pub trait ApiServer: Send + Sync {
    /// Reads once.
    fn read(&self, request: ReadRequest) -> BoxFuture<'_, Result<ReadAnswer, ReadError>>;

    /// Begins a watch; the path holds its query (`watch=true`, `resourceVersion` and so on).
    fn watch(&self, request: ReadRequest) -> BoxFuture<'_, Result<WatchAnswer, ReadError>>;
}
