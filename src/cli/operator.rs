//! Asks the running boathook over the operator's socket.

use std::{error::Error, io, path::PathBuf, time::Duration};

use boathook_core::deployment::DeploymentId;
use bytes::BytesMut;
use clap::Args;
use reqwest::{Client, RequestBuilder, Response, Url, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::timeout;

use crate::{
    cli::{
        CliError, Exit,
        follow::{Follow, Pace, PublicEvent, Reporter, Until},
        terminal::print,
    },
    http_client,
};

/// The base of request URLs; the host has no meaning on a socket.
const ADDRESS: &str = "http://boathook/v1";
/// How long an answer may take; of one that comes line by line, the pause between two lines.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of a line; longer ones boathook does not send.
const LINE_MAX: usize = 1 << 20;

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

impl SocketArguments {
    /// Prints what is at a path, given by its segments and narrowed by a query: as JSON, or as
    /// `show` arranges it.
    pub async fn print<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, String)],
        json: bool,
        show: impl FnOnce(T) -> String,
    ) -> Result<Exit, CliError> {
        let value = self.value(segments, query).await?;
        if json {
            print(format_args!("{value:#}"));
        } else {
            let shown = show(serde_json::from_value(value).map_err(CliError::Unread)?);
            if !shown.is_empty() {
                print(shown);
            }
        }
        Ok(Exit::Success)
    }

    /// Reads what is at a path, given by its segments and narrowed by a query.
    pub async fn read<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, String)],
    ) -> Result<T, CliError> {
        serde_json::from_value(self.value(segments, query).await?).map_err(CliError::Unread)
    }

    async fn value(&self, segments: &[&str], query: &[(&str, String)]) -> Result<Value, CliError> {
        let answer = self.exchange(|client| client.get(address(segments, query))).await?;
        answer.map_err(CliError::NotShown)
    }

    /// What follows a deployment as operators see it.
    pub fn follow<'a>(
        &self,
        client: &'a Client,
        id: &DeploymentId,
        reporter: &'a Reporter,
    ) -> Follow<'a> {
        let id = id.as_str();
        Follow {
            client,
            status: address(&["deployments", id], &[]),
            events: address(&["deployments", id, "events"], &[]),
            read: PublicEvent::from_record,
            reporter,
            pace: Pace::default(),
            until: Until::Settled,
        }
    }

    /// A client of the socket; who asks sets the deadlines.
    pub fn client(&self) -> Result<Client, CliError> {
        http_client::direct(ADDRESS)
            .unix_socket(self.socket.as_path())
            .build()
            .map_err(|source| self.explain(source))
    }

    /// Asks for something to be done, at a path given by its segments.
    pub async fn post<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        body: &Value,
    ) -> Result<T, CliError> {
        let request = |client: &Client| {
            client
                .post(address(segments, &[]))
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string())
        };
        let answer = self.exchange(request).await?.map_err(CliError::NotDone)?;
        serde_json::from_value(answer).map_err(CliError::Unread)
    }

    /// Asks for something that is answered line by line, for as long as there are lines.
    pub async fn stream(&self, segments: &[&str], body: &Value) -> Result<Lines<'_>, CliError> {
        let broken = |source: reqwest::Error| self.explain(source);
        let request = self.client()?.post(address(segments, &[]));
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        let response = self.in_time(request.send()).await?.map_err(broken)?;
        if response.status().is_success() {
            Ok(Lines { socket: self, response, read: BytesMut::new() })
        } else {
            Err(CliError::NotShown(reason(&response.text().await.map_err(broken)?)))
        }
    }

    async fn in_time<T>(&self, answer: impl Future<Output = T>) -> Result<T, CliError> {
        let silent = |_| CliError::Silent { path: self.socket.clone(), timeout: TIMEOUT };
        timeout(TIMEOUT, answer).await.map_err(silent)
    }

    /// The answer, or why boathook refused.
    async fn exchange(
        &self,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Result<Value, String>, CliError> {
        let broken = |source: reqwest::Error| self.explain(source);
        let client = self.client()?;
        let response = request(&client).timeout(TIMEOUT).send().await.map_err(broken)?;
        let is_success = response.status().is_success();
        let text = response.text().await.map_err(broken)?;
        if is_success {
            serde_json::from_str(&text).map(Ok).map_err(CliError::Unread)
        } else {
            Ok(Err(reason(&text)))
        }
    }

    fn explain(&self, source: reqwest::Error) -> CliError {
        let path = self.socket.clone();
        if source.is_timeout() {
            return CliError::Silent { path, timeout: TIMEOUT };
        }
        match io_kind(&source) {
            Some(io::ErrorKind::NotFound) => CliError::NoSocket(path),
            Some(io::ErrorKind::ConnectionRefused) => CliError::NobodyListens(path),
            Some(io::ErrorKind::PermissionDenied) => CliError::NotPermitted(path),
            Some(_) | None => CliError::Broken { path, source },
        }
    }
}

/// An answer that comes line by line.
pub struct Lines<'a> {
    socket: &'a SocketArguments,
    response: Response,
    read: BytesMut,
}

impl Lines<'_> {
    /// The next line that is not empty; none at the end.
    pub async fn line(&mut self) -> Result<Option<String>, CliError> {
        loop {
            while let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line = self.read.split_to(end + 1);
                if end > 0 {
                    return Ok(Some(String::from_utf8_lossy(&line[..end]).into_owned()));
                }
            }
            if self.read.len() > LINE_MAX {
                return Err(CliError::NotShown(format!("a line is longer than {LINE_MAX} bytes")));
            }
            match self.socket.in_time(self.response.chunk()).await? {
                Ok(Some(chunk)) => self.read.extend_from_slice(&chunk),
                Ok(None) => return Ok(None),
                Err(source) => return Err(self.socket.explain(source)),
            }
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
    let answer = serde_json::from_str::<Value>(text).unwrap_or_default();
    answer["error"].as_str().unwrap_or("boathook answered without a reason").to_owned()
}
