//! What the checks of the ways in ask the world with.

use std::sync::Arc;

use crate::{github::Transport, identity::Fetch, sources::relay::RelayTransport};

/// What carries requests to where boathook connects.
#[derive(Clone)]
pub struct Outbound {
    pub github: Arc<dyn Transport>,
    pub relays: Arc<dyn RelayTransport>,
    /// Reads documents of issuers.
    pub documents: Fetch,
}

/// What to try where a server cannot be reached.
pub(super) fn reach(url: &str) -> String {
    format!(
        "curl -sI {url}; then see DNS, the firewall, and HTTPS_PROXY of boathook's unit (systemctl show -p Environment boathook)"
    )
}
