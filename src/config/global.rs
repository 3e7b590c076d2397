//! Settings of the whole program.

use std::collections::BTreeMap;

use boathook_core::{
    deployment::{Environment, Environments, NamedEnvironment},
    fault::Fault,
};
use serde::Deserialize;

use crate::{
    artifacts::ArtifactSettings,
    bundles::BundleLimits,
    cluster::ToolSettings,
    config::{
        Audit, EnvironmentConfig, IssuerConfig, Log, Operator, PromotionGraph, ReceiverConfig,
        Replay, Server, Sources, State, issuer, notify,
    },
    scheduler::SchedulerSettings,
};

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
    pub scheduler: SchedulerSettings,
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
            log: _,
            sources,
            notify,
            identity,
            environments: _,
        } = self;
        let sections = [
            ("server", server.faults()),
            ("operator", operator.faults()),
            ("state", state.faults()),
            ("replay", replay.faults()),
            ("audit", audit.faults()),
            ("scheduler", scheduler.faults()),
            ("tools", tools.faults()),
            ("bundles", bundles.faults()),
            ("artifacts", artifacts.faults()),
            ("sources", sources.faults()),
        ];
        let faults =
            sections.into_iter().flat_map(|(section, faults)| Fault::inside(section, faults));
        faults.chain(notify::faults(notify)).chain(issuer::faults(identity)).collect()
    }
}
