//! The audit line of a reload: it belongs to no deployment, so it is not in the journal.

use jiff::Timestamp;
use serde_json::json;

use crate::observers::audit::{
    entry::Entry,
    text::{arguments, capped},
};

/// A reload of the configuration.
#[derive(Clone, Debug)]
pub struct Reload {
    pub at: Timestamp,
    /// Who asked on the operator's socket; none if a signal came.
    pub operator: Option<String>,
    /// Its result, or why nothing changed.
    pub outcome: Result<Changes, String>,
}

/// What is in use after it.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The sections of the configuration that changed.
    pub changed: Vec<String>,
    /// The keys whose new values wait for a restart.
    pub needs_restart: Vec<&'static str>,
    /// The ids of all valid secrets.
    pub secrets: Vec<String>,
}

impl Entry {
    /// The configuration was reloaded.
    pub(super) fn reloaded(reload: Reload) -> Self {
        let Reload { at, operator, outcome } = reload;
        let who = operator.map_or_else(
            || json!({"signal": "SIGHUP"}),
            |operator| json!({"operator": capped(&operator)}),
        );
        match outcome {
            Ok(Changes { changed, needs_restart, secrets }) => {
                let details = json!({"changed": changed, "needs_restart": needs_restart, "secrets": arguments(&secrets)});
                Self::of("reloaded", at, who, details)
            }
            Err(reason) => Self::of("not_reloaded", at, who, json!({"reason": capped(&reason)})),
        }
    }
}
