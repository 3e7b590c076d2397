//! From what an operator configured to what a plan needs.

use std::{
    collections::BTreeSet,
    path::{Path, absolute},
    sync::Arc,
};

use boathook_core::{
    deployment::{Environment, ServiceKey},
    rollout::Probing,
};
use serde_json::Value;

use crate::{
    bundles::BundlePolicy,
    cluster::Tools,
    config::{Config, EnvironmentConfig},
    plan::{JobGates, Settings},
};

/// Stands for the folder of the programs' own folders where they get none: nothing is there, and
/// not even root can make anything there.
pub(super) const NOWHERE: &str = "/proc/boathook";

/// The settings of a service in an environment; none if that is not configured.
pub(super) fn settings(
    config: &Config,
    environment: Environment,
    service: &ServiceKey,
) -> Option<Arc<Settings>> {
    let config = config.environments.get(&environment)?;
    let mut settings = of_environment(environment, config.of_service(service));
    settings.jobs.in_environment = config.all_jobs();
    settings.promotion =
        config.promotion.iter().filter_map(|next| next.promotion(service)).collect();
    Some(Arc::new(settings))
}

/// The probes of a service with these settings and this template at its own URL.
pub(super) fn probing_of(
    environment: Environment,
    config: &EnvironmentConfig,
    template: &Value,
) -> Probing {
    of_environment(environment, config).asking(template).0.verify
}

fn of_environment(environment: Environment, config: &EnvironmentConfig) -> Settings {
    Settings {
        environment,
        // Errors name the folder; a path from boathook's own directory would tell nobody where.
        manifests: absolute(&config.manifests).unwrap_or_else(|_| config.manifests.clone()),
        remote_bases: config.allow.remote_bases,
        bundles: BundlePolicy {
            manifests: config.allow.manifests,
            aliases: config.aliases.clone(),
            images: config.allow.images.iter().map(ToString::to_string).collect(),
            tags: config.allow.tags,
            kinds: config.allow.kinds.clone(),
            object_names: config.allow.object_names.clone(),
            secrets: config.allow.secrets,
        },
        pull: config.pull.clone(),
        container: config.container.clone(),
        containers: config.containers.clone(),
        stages: config.traffic.stages.clone(),
        probing: Probing::new(config.health.before_all_traffic(), config.url.clone()),
        metrics: config.health.metrics.clone(),
        jobs: JobGates {
            before: config.before.clone(),
            after: config.after.clone(),
            in_environment: BTreeSet::new(),
        },
        verify: Probing::new(config.health.with_all_traffic(), config.url.clone()),
        timeouts: config.timeouts.clone(),
        waits: config.waits.clone(),
        proven: config.require.proven.clone(),
        promotion: Vec::new(),
        watch: config.watch,
        rollback: config.rollback,
    }
}

/// Where the programs are, and their environment, with their own folders in the state directory.
pub fn tools(config: &Config) -> Tools {
    tools_in(config, &config.state.directory)
}

/// The same with the programs' folders elsewhere.
pub(super) fn tools_in(config: &Config, folder: &Path) -> Tools {
    config.tools.tools(folder, |name| std::env::var(name).ok())
}
