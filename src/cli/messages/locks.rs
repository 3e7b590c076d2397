//! Operators' locks.

use boathook_core::record::Lock;

/// No lock holds.
pub(crate) const NONE_LOCKED: &str = "nothing is locked";
/// The lock is for every service of the environment.
pub(crate) const ALL: &str = "all";
/// The lock ends when someone ends it.
pub(crate) const UNTIL_UNLOCKED: &str = "it is unlocked";

/// A lock was set.
pub(crate) fn locked(lock: &Lock) -> String {
    format!("locked {}, {}: {}", lock.place(), lock.terms(), lock.reason)
}

/// A lock was ended.
pub(crate) fn unlocked(lock: &Lock) -> String {
    format!("unlocked {}", lock.place())
}
