//! Asks the running boathook over the operator's socket.

use std::{error::Error, io, path::PathBuf, time::Duration};

use clap::Args;
use reqwest::{Client, RequestBuilder, Url, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cli::{Exit, http};

/// The base of request URLs; the host has no meaning on a socket.
const ADDRESS: &str = "http://boathook/v1";
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The boathook to connect to.
#[derive(Debug, Args)]
pub struct SocketArguments {
    /// The socket of the running boathook
    #[arg(
        long,
        env = "BOATHOOK_SOCKET",
        default_value = "/run/boathook/boathook.sock",
        value_name = "PATH"
    )]
    socket: PathBuf,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// There is no socket.
    #[error("there is no socket {}: is boathook running? Another socket is named with --socket", .0.display())]
    NoSocket(PathBuf),
    /// The socket exists, but nothing listens on it.
    #[error("nobody listens on {}: is boathook running?", .0.display())]
    NobodyListens(PathBuf),
    /// Our user may not open it.
    #[error("not permitted to open {}: run as root or as a member of boathook's group", .0.display())]
    NotPermitted(PathBuf),
    /// boathook refused.
    #[error("{0}")]
    Refused(String),
    #[error("failed to ask boathook over {}", path.display())]
    Broken { path: PathBuf, source: reqwest::Error },
}

impl AskError {
    /// The exit code.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::NoSocket(_)
            | Self::NobodyListens(_)
            | Self::NotPermitted(_)
            | Self::Broken { .. } => Exit::Unreachable,
            Self::Refused(_) => Exit::Failure,
        }
    }
}

impl SocketArguments {
    /// Asks for what is at a path below the deployments, given by its segments, narrowed by a
    /// query.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, String)],
    ) -> Result<T, AskError> {
        self.read(&[&["deployments"], segments].concat(), query).await
    }

    /// Asks for what is at a path given by its segments, narrowed by a query.
    pub async fn read<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, String)],
    ) -> Result<T, AskError> {
        self.exchange(|client| client.get(address(segments, query))).await
    }

    /// Asks for something to be done, at a path given by its segments.
    pub async fn post<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        body: &Value,
    ) -> Result<T, AskError> {
        self.exchange(|client| {
            client
                .post(address(segments, &[]))
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string())
        })
        .await
    }

    async fn exchange<T: DeserializeOwned>(
        &self,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<T, AskError> {
        let broken = |source: reqwest::Error| self.explain(source);
        let client = http::client(ADDRESS)
            .unix_socket(self.socket.as_path())
            .no_proxy()
            .timeout(TIMEOUT)
            .build()
            .map_err(broken)?;
        let response = request(&client).send().await.map_err(broken)?;
        let good = response.status().is_success();
        let text = response.text().await.map_err(broken)?;
        let unread = |error: serde_json::Error| {
            AskError::Refused(format!("boathook answered what this version does not know: {error}"))
        };
        if good {
            serde_json::from_str(&text).map_err(unread)
        } else {
            Err(AskError::Refused(reason(&text)))
        }
    }

    fn explain(&self, error: reqwest::Error) -> AskError {
        let path = self.socket.clone();
        match io_kind(&error) {
            Some(io::ErrorKind::NotFound) => AskError::NoSocket(path),
            Some(io::ErrorKind::ConnectionRefused) => AskError::NobodyListens(path),
            Some(io::ErrorKind::PermissionDenied) => AskError::NotPermitted(path),
            Some(_) | None => AskError::Broken { path, source: error },
        }
    }
}

/// The segments may hold anything.
fn address(segments: &[&str], query: &[(&str, String)]) -> Url {
    let mut url = Url::parse(ADDRESS).expect("a constant address");
    if let Ok(mut path) = url.path_segments_mut() {
        path.extend(segments);
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    let mut causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind)
}

fn reason(text: &str) -> String {
    let answer = serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
    answer["error"].as_str().unwrap_or("boathook answered without a reason").to_owned()
}
