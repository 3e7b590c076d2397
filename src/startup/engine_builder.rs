//! Builds the engine, and what it reads the cluster through.

use std::sync::Arc;

use boathook_core::{api_server::ApiServer, current::Current};
use tokio::sync::watch;

use crate::{
    api_proxy::{KubectlProxy, ProxyEnd, ProxyParts},
    bundles::SecretBundles,
    cluster::Reads,
    config::Config,
    engine::Engine,
    feeds::Feeds,
    health::Revealing,
    journal::{Journal, PostgresStore},
    redact::Redactor,
    startup::{
        Dependencies, deploying::Deploying, observers::Observers, other_nodes::NodesOnRecord,
        reading,
    },
    steps::{Alone, OtherNodes},
};

/// What the engine is built from.
pub(super) struct EngineBuilder<'a> {
    pub config: &'a Config,
    pub journal: &'a Journal,
    pub dependencies: &'a Dependencies,
    pub redactor: &'a Redactor,
    pub deploying: &'a watch::Sender<Arc<Deploying>>,
}

impl EngineBuilder<'_> {
    /// What reads the cluster; where nothing outside does, a `kubectl proxy`, and its end.
    pub(super) fn reader(&self, observers: &Observers) -> (Arc<dyn ApiServer>, Option<ProxyEnd>) {
        let Dependencies { runner, api_server, prober: _, clock, shared: _ } = self.dependencies;
        if let Some(api_server) = api_server {
            return (Arc::clone(api_server), None);
        }
        let (proxy, end) = KubectlProxy::new(ProxyParts {
            runner: Arc::clone(runner),
            tools: Current::part_of(self.deploying.subscribe(), |now| &now.configuration.tools),
            folder: reading::folder(self.config),
            redactor: self.redactor.clone(),
            log: reading::noted(
                observers.refusals.clone(),
                observers.counters.proxy_ends.clone(),
                clock.clone(),
            ),
        });
        (Arc::new(proxy), Some(end))
    }

    /// The engine, which reads the cluster through `api_server`.
    pub(super) fn engine(&self, api_server: Arc<dyn ApiServer>) -> Engine {
        let Dependencies { runner, api_server: _, prober, clock, shared } = self.dependencies;
        let directory = &self.config.state.directory;
        let header_secrets =
            Current::part_of(self.deploying.subscribe(), |now| &now.header_secrets);
        let prober = Revealing::new(Arc::clone(prober), header_secrets, self.redactor.clone());
        Engine {
            journal: self.journal.clone(),
            runner: Arc::clone(runner),
            feeds: Feeds::new(Arc::clone(&api_server)),
            reads: Reads::new(api_server),
            others: others(shared.as_ref()),
            redactor: self.redactor.clone(),
            prober: Arc::new(prober),
            clock: clock.clone(),
            configuration: Current::part_of(self.deploying.subscribe(), |now| &now.configuration),
            secret_bundles: SecretBundles::in_state(directory),
            work: directory.join("work"),
        }
    }
}

fn others(shared: Option<&Arc<PostgresStore>>) -> Arc<dyn OtherNodes> {
    match shared {
        Some(store) => Arc::new(NodesOnRecord(Arc::clone(store))),
        None => Arc::new(Alone),
    }
}
