//! What a reload renewed, what it cannot, and what it warns of.

/// The new configuration is in use.
pub(crate) const RELOADED: &str = "reloaded";

/// A key whose new value waits.
pub(crate) fn needs_restart(key: &str) -> String {
    format!("needs a restart: {key}")
}

/// A secret that a reload cannot renew.
pub(crate) fn as_at_start(secret: &str) -> String {
    format!("as it was at the start (systemd credential; restart if you replaced it): {secret}")
}

/// What the configuration names and is not there.
pub(crate) fn warning(text: &str) -> String {
    format!("warning: {text}")
}
