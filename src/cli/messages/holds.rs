//! Services that a rollback holds.

use boathook_core::record::{KeepsOut, ServiceHold};

/// No service is held.
pub(crate) const NONE_HELD: &str = "no service is held";

/// A rollback holds the service.
pub(crate) fn held(place: &str, keeps_out: KeepsOut, release: &str) -> String {
    format!("held: {place} takes no {keeps_out} until `{release}`")
}

/// A hold was ended.
pub(crate) fn released(hold: &ServiceHold) -> String {
    format!("released {} in {}, held since {}", hold.service, hold.environment, hold.terms())
}
