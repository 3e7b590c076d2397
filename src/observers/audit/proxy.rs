//! The audit lines of the proxy through which the API server is read: it belongs to no deployment,
//! so it is not in the journal.

use boathook_core::api_server::ProxyEvent;
use jiff::Timestamp;
use serde_json::json;

use crate::observers::audit::{
    entry::{Entry, boathook},
    text::{arguments, capped},
};

impl Entry {
    pub(super) fn of_proxy(at: Timestamp, event: &ProxyEvent) -> Self {
        match event {
            ProxyEvent::Started { argv } => {
                Self::of("proxy_started", at, boathook(), json!({"argv": arguments(argv)}))
            }
            ProxyEvent::Ended { exit, duration, reason, stderr } => {
                let stderr = (!stderr.is_empty()).then(|| capped(stderr));
                let duration = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
                let details = json!({"exit": exit, "duration_ms": duration, "reason": reason, "stderr": stderr});
                Self::of("proxy_ended", at, boathook(), details)
            }
        }
    }
}
