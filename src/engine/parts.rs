//! Everything that the engine needs; the caller assembles it.

use std::{path::PathBuf, sync::Arc};

use boathook_core::{
    clock::Clock,
    current::Current,
    deployment::{Environment, ServiceKey},
    health::Prober,
    rollout::Timeouts,
};
use boathook_process::Runner;

use crate::{
    bundles::SecretBundles,
    cluster::{Cluster, Reads, Tools},
    feeds::Feeds,
    journal::Journal,
    plan::Settings,
    redact::Redactor,
    steps::OtherNodes,
};

/// The settings of a service in an environment; none if the environment is no longer
/// configured.
pub type SettingsOf = Arc<dyn Fn(Environment, &ServiceKey) -> Option<Arc<Settings>> + Send + Sync>;

/// What deployments use of the configuration. The settings and tools of one plan come from one.
pub struct Configuration {
    /// Where the programs are.
    pub tools: Arc<Tools>,
    pub settings: SettingsOf,
}

/// Runs deployments.
#[derive(Clone)]
pub struct Engine {
    /// The record.
    pub journal: Journal,
    /// Runs programs.
    pub runner: Arc<dyn Runner>,
    /// Reads the cluster.
    pub reads: Reads,
    /// What changes in the namespaces in use.
    pub feeds: Feeds,
    /// The other boathooks on the record.
    pub others: Arc<dyn OtherNodes>,
    /// Removes secrets from the output of programs.
    pub redactor: Redactor,
    /// Probes URLs.
    pub prober: Arc<dyn Prober>,
    /// The time of day.
    pub clock: Clock,
    /// A plan uses the configuration that is current when it is made, and a step the tools that are
    /// current when it begins.
    pub configuration: Current<Configuration>,
    /// The bundles that hold Secrets.
    pub secret_bundles: SecretBundles,
    /// The directory that holds one work directory for each deployment under way.
    pub work: PathBuf,
}

impl Engine {
    /// The cluster, for what no deployment's record has.
    pub(super) fn cluster(&self, tools: Arc<Tools>, timeouts: &Timeouts) -> Cluster {
        Cluster::new(Arc::clone(&self.runner), self.reads.clone(), tools, timeouts.clone())
    }
}
