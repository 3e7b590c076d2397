//! One probe of one URL.

use std::{net::SocketAddr, time::Duration};

use futures_util::future::BoxFuture;

use crate::health::{GrpcAnswer, Header, Method};

/// Probes a URL once.
pub trait Prober: Send + Sync {
    /// Sends one request, follows no redirect, and returns within the request's timeout.
    fn probe(&self, request: ProbeRequest) -> BoxFuture<'_, Sample>;
}

/// The probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeRequest {
    /// The whole URL; its host goes into `Host` and SNI. gRPC ignores the path.
    pub url: String,
    /// The address to connect to, instead of resolving the host.
    pub connect_to: Option<SocketAddr>,
    /// The deadline of the whole probe.
    pub timeout: Duration,
    /// The request's method.
    pub method: Method,
    /// Further headers.
    pub headers: Vec<Header>,
    /// The gRPC service to check in place of the path.
    pub grpc: Option<String>,
}

impl ProbeRequest {
    /// A GET without further headers, to the address that the host resolves to.
    #[must_use]
    pub fn get(url: impl Into<String>, timeout: Duration) -> Self {
        Self {
            url: url.into(),
            connect_to: None,
            timeout,
            method: Method::Get,
            headers: Vec::new(),
            grpc: None,
        }
    }
}

/// The result of one probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The answer, or why there was none.
    pub result: Result<ProbeAnswer, Unanswered>,
    /// From the start of the connection to the end of the (capped) body.
    pub latency: Duration,
}

impl Sample {
    /// Whether the answer leads to https.
    #[must_use]
    pub fn redirects_to_https(&self) -> bool {
        match &self.result {
            Ok(ProbeAnswer::Http { location: Some(location), .. }) => {
                location.starts_with("https://")
            }
            Ok(ProbeAnswer::Http { location: None, .. } | ProbeAnswer::Grpc(_)) | Err(_) => false,
        }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeAnswer {
    /// An HTTP answer.
    Http {
        /// The status code.
        status: u16,
        /// The first 64 KiB of the body, as text.
        body: String,
        /// Where a redirect leads.
        location: Option<String>,
    },
    /// An answer about gRPC health.
    Grpc(GrpcAnswer),
}

/// Why no answer came, such as `connection refused` or `no answer within 5 s`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unanswered(pub String);
