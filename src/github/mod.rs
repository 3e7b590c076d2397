//! GitHub's REST API: one request, one answer, and what GitHub says about how many it grants.
//!
//! It does not decide what is asked or how often, and it retries nothing: its caller does.

mod answer;
mod app;
mod client;
mod credential;
mod error;
mod http_transport;
mod limits;
mod path;
mod transport;

pub use answer::{GitHubAnswer, Page};
pub use client::GitHub;
pub use credential::Credential;
pub use error::GitHubError;
pub use http_transport::HttpTransport;
pub use limits::RateLimit;
pub use transport::{GitHubRequest, GitHubResponse, Method, Transport, Unreachable};
