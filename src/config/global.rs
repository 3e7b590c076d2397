//! Settings of the whole program.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use boathook_core::{deployment::Environment, duration_text};
use serde::Deserialize;

use crate::config::{EnvironmentConfig, Network, ReceiverConfig, Tools, text};

/// Everything that an operator can set.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub server: Server,
    /// The operator's side.
    pub operator: Operator,
    /// What is stored on disk.
    pub state: State,
    pub audit: Audit,
    /// Limits on work at the same time.
    pub scheduler: Scheduler,
    /// The programs that are run.
    pub tools: Tools,
    /// Protection against replayed requests.
    pub replay: Replay,
    /// boathook's own log.
    pub log: Log,
    /// Who is notified of deployments.
    pub notify: Vec<ReceiverConfig>,
    /// The environments that have a file, enabled or not.
    pub environments: BTreeMap<Environment, EnvironmentConfig>,
}

/// What `default.yaml` holds besides the environments' defaults.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Globals {
    pub server: Server,
    pub operator: Operator,
    pub state: State,
    pub audit: Audit,
    pub scheduler: Scheduler,
    pub tools: Tools,
    pub replay: Replay,
    pub log: Log,
    pub notify: Vec<ReceiverConfig>,
}

impl Globals {
    pub fn with(self, environments: BTreeMap<Environment, EnvironmentConfig>) -> Config {
        let Self { server, operator, state, audit, scheduler, tools, replay, log, notify } = self;
        Config {
            server,
            operator,
            state,
            audit,
            scheduler,
            tools,
            replay,
            log,
            notify,
            environments,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    #[serde(deserialize_with = "text::address")]
    pub listen: SocketAddr,
    /// The certificate to speak TLS with; without it, plain HTTP.
    pub tls: Option<Tls>,
    /// Its address for senders, without a `/` at the end; every `status_url` begins with it.
    pub public_url: String,
    /// Bytes that a body may have; more is refused before anything is computed.
    pub max_body_bytes: usize,
    /// How long a sender may take for its headers.
    #[serde(deserialize_with = "duration_text::positive")]
    pub header_timeout: Duration,
    /// How long a sender may take for its body.
    #[serde(deserialize_with = "duration_text::positive")]
    pub body_timeout: Duration,
    /// The longest time that `Prefer: wait` is granted.
    #[serde(deserialize_with = "duration_text::any")]
    pub max_wait: Duration,
    /// Requests that one source may make in a minute, checked before anything else.
    pub requests_per_minute: u32,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
}

/// The files of a certificate, in PEM.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate, with the chain that leads to its issuer's.
    pub certificate: PathBuf,
    /// Its private key, in a file that others may neither read nor change.
    pub key: PathBuf,
}

impl Server {
    /// Whether bodies would arrive unencrypted from anywhere.
    #[must_use]
    pub(crate) fn is_exposed(&self) -> bool {
        !self.listen.ip().is_loopback() && self.trusted_proxies.is_empty() && self.tls.is_none()
    }
}

/// The operator's side.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// The Unix socket of the command line.
    pub socket: PathBuf,
    /// A loopback address for the dashboard and reading the API; none if they are not served there.
    #[serde(deserialize_with = "text::optional_address")]
    pub listen: Option<SocketAddr>,
}

impl Operator {
    /// Whether anyone but this machine's users could read.
    pub(super) fn is_exposed(&self) -> bool {
        self.listen.is_some_and(|address| !address.ip().to_canonical().is_loopback())
    }
}

/// What is stored on disk, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The folder of the record.
    pub directory: PathBuf,
    /// Days that an ended deployment is kept.
    pub keep_days: u32,
    /// The maximum number of ended deployments to keep.
    pub keep_count: u32,
}

/// How much of the audit log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// Bytes after which a new file is begun.
    pub max_bytes: u64,
    /// Full files to keep, besides the one being written.
    pub keep: u32,
}

/// Limits on work at the same time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheduler {
    /// Deployments that run at the same time, over all services.
    pub running: usize,
    /// The maximum number of waiting deployments; further requests are refused until there is room.
    pub queued: usize,
}

/// Protection against replayed requests.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// How far a request's timestamp may lie from now, before or after.
    #[serde(deserialize_with = "duration_text::positive")]
    pub window: Duration,
}

/// boathook's own log, on standard error.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// How a line is written.
    pub format: LogFormat,
    /// What is logged at all.
    pub level: LogLevel,
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Plain,
    /// One JSON object a line.
    Json,
}

/// The least important lines that are still written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Only problems that need an operator.
    Error,
    /// And problems that may soon need one.
    Warn,
    /// And what boathook does.
    Info,
    /// And how it is done.
    Debug,
    /// And everything else.
    Trace,
}
