//! What a reload can change about a relay.

use crate::config::{Config, RelayConfig};

/// A relay as the configuration has it, and what of the listener's limits holds for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayTerms {
    pub config: RelayConfig,
    /// Bytes that a body may have.
    pub body_max: usize,
    /// Events that are taken in a minute.
    pub per_minute: u32,
}

impl RelayTerms {
    /// Those of all relays.
    #[must_use]
    pub fn of(config: &Config) -> Vec<Self> {
        let terms = |relay: &RelayConfig| Self {
            config: relay.clone(),
            body_max: config.server.max_body_bytes,
            per_minute: config.server.requests_per_minute,
        };
        config.sources.relays.iter().map(terms).collect()
    }
}
