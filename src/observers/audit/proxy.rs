//! The audit lines of the proxy that reads the API server: it belongs to no deployment, so it is not
//! in the journal.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::observers::audit::{
    entry::{Entry, boathook},
    text::{arguments, capped},
};

/// A start or an end.
#[derive(Clone, Debug)]
pub enum ProxyChange {
    Started {
        argv: Vec<String>,
    },
    Ended {
        exit: String,
        duration: Duration,
        /// Why boathook ended it.
        reason: Option<&'static str>,
        /// Without secrets.
        stderr: String,
    },
}

impl Entry {
    pub(super) fn of_proxy(at: Timestamp, change: ProxyChange) -> Self {
        match change {
            ProxyChange::Started { argv } => {
                Self::of("proxy_started", at, boathook(), json!({"argv": arguments(&argv)}))
            }
            ProxyChange::Ended { exit, duration, reason, stderr } => {
                let stderr = (!stderr.is_empty()).then(|| capped(&stderr));
                let duration = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
                let details = json!({"exit": exit, "duration_ms": duration, "reason": reason, "stderr": stderr});
                Self::of("proxy_ended", at, boathook(), details)
            }
        }
    }
}
