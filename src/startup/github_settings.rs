//! What a snapshot says about asking GitHub.

use std::time::Duration;

use crate::{config::Config, github::Credential, intake::takers::Watched};

/// What a snapshot says about asking GitHub.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GitHubSettings {
    pub(super) api: String,
    pub(super) credential: Option<Credential>,
    pub(super) interval: Duration,
    pub(super) window: Duration,
    pub(super) repositories: Vec<Watched>,
}

impl GitHubSettings {
    pub(super) fn of(config: &Config, credential: Option<Credential>) -> Self {
        Self {
            api: config.sources.github.api.clone(),
            credential,
            interval: config.sources.github.interval,
            window: config.replay.window,
            repositories: Watched::of(config),
        }
    }
}
