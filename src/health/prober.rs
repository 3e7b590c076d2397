//! One question to one URL.

use std::{net::SocketAddr, time::Duration};

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

/// Asks a URL once.
pub trait Prober: Send + Sync {
    /// Sends one GET, follows no redirect, and comes back within the request's timeout.
    fn probe(&self, request: ProbeRequest) -> BoxFuture<'_, Sample>;
}

/// What to ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeRequest {
    /// The whole URL; its host goes into `Host` and SNI.
    pub url: String,
    /// Where the connection goes instead of what the host resolves to.
    pub connect_to: Option<SocketAddr>,
    /// How long the whole question may take.
    pub timeout: Duration,
}

/// What came of one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The answer, or why there was none.
    pub result: Result<Answer, Unanswered>,
    /// From the start of the connection to the end of the (capped) body.
    pub latency: Duration,
}

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The first 64 KiB of the body, as text.
    pub body: String,
}

/// Why no answer came, such as `connection refused` or `no answer within 5 s`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{0}")]
pub struct Unanswered(pub String);
