//! What deployments use of the configuration. It is exchanged apart from the listeners' state,
//! which holds the engine for dry runs.

use std::sync::Arc;

use crate::{
    config::{Config, HeaderSecrets, OnNewerRequest},
    engine::Configuration,
    scheduler::Limits,
    startup::{Loaded, settings},
};

/// The parts that deployments use.
pub(super) struct Deploying {
    pub configuration: Arc<Configuration>,
    pub header_secrets: Arc<HeaderSecrets>,
}

impl Deploying {
    pub(super) fn of(loaded: &Loaded) -> Self {
        let config = loaded.config.clone();
        let configuration = Configuration {
            tools: Arc::new(settings::tools(&config)),
            settings: Arc::new(move |environment, service| {
                settings::settings(&config, environment, service)
            }),
        };
        Self {
            configuration: Arc::new(configuration),
            header_secrets: Arc::new(loaded.header_secrets.clone()),
        }
    }
}

/// How many run at once, where a newer request replaces the one under way, and when they may begin.
pub(super) fn limits(config: &Config) -> Limits {
    let replacing = config
        .environments
        .iter()
        .filter(|(_, settings)| settings.on_newer_request == OnNewerRequest::Replace);
    let windows = config.environments.iter().filter(|(_, settings)| !settings.windows.is_empty());
    let frozen = config
        .environments
        .iter()
        .filter_map(|(name, settings)| Some((*name, settings.frozen.clone()?)));
    Limits {
        running: config.scheduler.running,
        replacing: replacing.map(|(environment, _)| *environment).collect(),
        windows: windows.map(|(name, settings)| (*name, settings.windows.clone())).collect(),
        frozen: frozen.collect(),
    }
}
