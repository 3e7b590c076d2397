//! What a snapshot says about asking GitHub.

use std::{sync::Arc, time::Duration};

use boathook_core::clock::Clock;

use crate::{
    config::Config,
    github::{Credential, GitHub, Transport},
    intake::github::Watched,
};

/// What a snapshot says about asking GitHub.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GitHubSettings {
    api: String,
    credential: Option<Credential>,
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

    /// A client, if there is something to sign in with.
    pub(super) fn client(&self, transport: Arc<dyn Transport>, clock: Clock) -> Option<GitHub> {
        let credential = self.credential.clone()?;
        Some(GitHub::new(self.api.clone(), credential, transport, clock))
    }
}
