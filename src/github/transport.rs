//! Carries one request to GitHub, and its answer back.

use std::{error::Error, fmt, time::Duration};

use futures_util::future::BoxFuture;

/// What is done with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

/// One request. Its text form leaves out the authorization.
#[derive(Clone, PartialEq, Eq)]
pub struct GitHubRequest {
    pub method: Method,
    /// The whole address.
    pub url: String,
    /// The header of that name.
    pub authorization: String,
    /// The state of the resource that is known already; the answer is 304 if it is the same.
    pub etag: Option<String>,
    /// JSON.
    pub body: Option<String>,
}

/// An answer, whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitHubResponse {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    #[error("its answer is larger than {0} bytes")]
    TooLarge(usize),
    #[error("it cannot be reached")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// Something that carries requests to GitHub. It follows no redirect, and ends within a deadline.
pub trait Transport: Send + Sync {
    /// Tries once.
    fn send(&self, request: GitHubRequest) -> BoxFuture<'_, Result<GitHubResponse, Unreachable>>;
}

impl GitHubResponse {
    /// The first header of that name, which is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Method {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

impl fmt::Debug for GitHubRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.name(), self.url)
    }
}
