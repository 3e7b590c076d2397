//! The ways by which requests come in besides the public listener.

use boathook_core::fault::Fault;
use serde::Deserialize;

use crate::config::{GitHubSource, RelayConfig, SealingConfig, relay};

/// The ways by which requests come in besides the public listener: boathook connects to them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// GitHub, which boathook asks for deployments.
    pub github: GitHubSource,
    /// Relays of webhooks.
    pub relays: Vec<RelayConfig>,
    /// Bodies that senders sealed, whichever way they come.
    pub sealing: SealingConfig,
}

impl Sources {
    /// What cannot be used.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let Self { github, relays, sealing } = self;
        let opens = !sealing.keys.is_empty();
        Fault::inside("github", github.faults())
            .chain(relay::faults(relays, opens))
            .chain(Fault::inside("sealing", sealing.faults()))
            .collect()
    }
}
