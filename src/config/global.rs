//! Settings of the whole program.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use boathook_core::{
    deployment::{Environment, Environments, NamedEnvironment},
    duration_text,
    fault::Fault,
};
use serde::Deserialize;

use crate::{
    artifacts::ArtifactSettings,
    bundles::BundleLimits,
    cluster::ToolSettings,
    config::{
        EnvironmentConfig, IssuerConfig, Log, Operator, PostgresConfig, PromotionGraph,
        ReceiverConfig, Server, Sources, issuer, notify,
    },
    journal::NodeName,
};

/// A smaller file would hold hardly one deployment.
const AUDIT_FILE_MIN: u64 = 65_536;
/// A request can be sent from a window before its timestamp until a window after it, and its
/// identity is kept for a day at least.
const WINDOW_MAX: Duration = Duration::from_secs(12 * 60 * 60);

/// Everything that an operator can set.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
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
    pub tools: ToolSettings,
    /// How much the manifests of a request may hold.
    pub bundles: BundleLimits,
    /// How manifests are fetched that a request names in a registry.
    pub artifacts: ArtifactSettings,
    /// Protection against replayed requests.
    pub replay: Replay,
    /// boathook's own log.
    pub log: Log,
    /// The ways by which requests come in besides the public listener.
    pub sources: Sources,
    /// Who is notified of deployments.
    pub notify: Vec<ReceiverConfig>,
    /// Whose tokens can prove who sends a request.
    pub identity: Vec<IssuerConfig>,
    /// The environments that have a file, enabled or not.
    #[serde(skip)]
    pub environments: BTreeMap<Environment, EnvironmentConfig>,
}

impl Config {
    /// The environments in the order of promotion, and otherwise by name.
    #[must_use]
    pub fn in_order(&self) -> Vec<(Environment, &EnvironmentConfig)> {
        let order = PromotionGraph::of(&self.environments).order();
        order.into_iter().map(|name| (name, &self.environments[&name])).collect()
    }

    /// Their names and aliases, in the same order.
    #[must_use]
    pub fn names(&self) -> Environments {
        let named = |(name, config): (_, &EnvironmentConfig)| NamedEnvironment {
            name,
            aliases: config.aliases.clone(),
        };
        Environments::new(self.in_order().into_iter().map(named).collect())
    }

    /// What cannot be used, of all but the environments.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let Self {
            server,
            operator,
            state,
            audit,
            scheduler,
            tools,
            bundles,
            artifacts,
            replay,
            sources,
            ..
        } = self;
        let rules = Fault::of([
            (
                state.keep_days > 0,
                "state.keep_days",
                "must be at least 1: a pruned request could be sent a second time",
            ),
            (
                replay.window <= WINDOW_MAX,
                "replay.window",
                "must be at most 12h: a request that may still be sent must not be pruned, and `keep_days: 1` is a day",
            ),
            (audit.max_bytes >= AUDIT_FILE_MIN, "audit.max_bytes", "must be 65536 or more"),
            (scheduler.running > 0, "scheduler.running", "must be more than 0"),
            (scheduler.queued > 0, "scheduler.queued", "must be more than 0"),
        ]);
        Fault::inside("server", server.faults())
            .chain(Fault::inside("operator", operator.faults()))
            .chain(rules)
            .chain(Fault::inside("tools", tools.faults()))
            .chain(Fault::inside("bundles", bundles.faults()))
            .chain(Fault::inside("artifacts", artifacts.faults()))
            .chain(Fault::inside("sources", sources.faults()))
            .chain(notify::faults(&self.notify))
            .chain(issuer::faults(&self.identity))
            .collect()
    }
}

/// What is stored on disk, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The folder of the record, and of everything else that is boathook's own.
    pub directory: PathBuf,
    /// Where the record is instead, if it is not in that folder.
    pub postgres: Option<PostgresConfig>,
    /// The name of this node among the boathooks on one record; the host's name if there is none here.
    pub node: Option<NodeName>,
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
