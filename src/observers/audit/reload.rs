//! What the audit log records of a configuration that was read again: it is no deployment's, so the journal does not hold it.

use jiff::Timestamp;
use serde_json::json;

use crate::observers::audit::{
    entry::Entry,
    text::{arguments, capped},
};

/// Someone had the configuration read again.
#[derive(Clone, Debug)]
pub struct Reload {
    pub at: Timestamp,
    /// Who asked on the operator's socket; none if a signal came.
    pub operator: Option<String>,
    /// What came of it, or why all is as it was.
    pub outcome: Result<Changes, String>,
}

/// What holds after it.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The sections of the configuration that are not as they were.
    pub changed: Vec<String>,
    /// The keys whose new values wait for a restart.
    pub needs_restart: Vec<&'static str>,
    /// The ids of all secrets that count now.
    pub secrets: Vec<String>,
}

impl Entry {
    /// The configuration was read again.
    pub(super) fn reloaded(reload: Reload) -> Self {
        let Reload { at, operator, outcome } = reload;
        let who = operator.map_or_else(|| json!({"signal": "SIGHUP"}), |operator| json!({"operator": capped(&operator)}));
        match outcome {
            Ok(Changes { changed, needs_restart, secrets }) => {
                let details = json!({"changed": changed, "needs_restart": needs_restart, "secrets": arguments(&secrets)});
                Self::of("reloaded", at, who, details)
            }
            Err(reason) => Self::of("not_reloaded", at, who, json!({"reason": capped(&reason)})),
        }
    }
}
