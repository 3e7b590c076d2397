//! Deployment windows, and deployments that operators let past them.

use boathook_core::record::window_opening;
use jiff::Timestamp;

/// It begins when a deployment window opens.
pub(crate) fn awaits_window(opens_at: Timestamp, held: Option<&str>) -> String {
    format!("awaiting {}", window_opening(opens_at, held))
}

/// An operator let the deployment under way past closed deployment windows.
pub(crate) fn let_past(by: &str) -> String {
    format!("let past its deployment windows by {by}")
}

/// An operator let it past closed deployment windows.
pub(crate) fn overridden(deployment: &str, id: &str) -> String {
    format!(
        "let past its deployment windows: {deployment}; marked until `boathook acknowledge {id}`"
    )
}

/// Nobody has acknowledged that yet.
pub(crate) fn unacknowledged(id: &str) -> String {
    format!("overridden, and not acknowledged: boathook acknowledge {id}")
}

/// An operator acknowledged that.
pub(crate) fn acknowledged(deployment: &str) -> String {
    format!("acknowledged the override of {deployment}")
}
