//! Promotions, and what operators order of them.

use boathook_core::deployment::Environment;

/// A promotion waits for its digest to be proven.
pub(crate) fn promotion_waits(wait: &str) -> String {
    format!("its promotion waits, {wait}")
}

/// An operator has a promotion sent.
pub(crate) fn promotion_hurried(deployment: &str, to: Environment) -> String {
    format!(
        "its own soak and waves do not hold the promotion of {deployment} to {to} any more; if {to} requires more, `boathook environments` \
         shows what it waits for"
    )
}

/// An operator has a promotion sent past what is required there.
pub(crate) fn promotion_overridden(deployment: &str, to: Environment, id: &str) -> String {
    format!(
        "sent past what {to} requires: the promotion of {deployment}; marked until `boathook acknowledge {id}`"
    )
}

/// An operator ended a promotion.
pub(crate) fn promotion_cancelled(deployment: &str, to: Environment) -> String {
    format!("cancelled: the promotion of {deployment}, to {to}")
}
