//! Withdrawn digests.

use boathook_core::{deployment::Digest, proof::Withdrawal};

/// No digest is withdrawn.
pub(crate) const NONE_WITHDRAWN: &str = "no digest is withdrawn";

/// A digest was withdrawn.
pub(crate) fn withdrawn(digest: &Digest) -> String {
    format!("withdrawn: {digest} does not count as proven")
}

/// A promotion that waited ended with it.
pub(crate) fn promotion_ended(id: &str) -> String {
    format!("ended: the promotion {id}, which waited")
}

/// A withdrawn digest serves somewhere all the same.
pub(crate) fn still_serves(place: &str) -> String {
    format!("warning: it still serves {place}; boathook rollback takes it out of service")
}

/// A digest was reinstated.
pub(crate) fn reinstated(withdrawal: &Withdrawal) -> String {
    format!("reinstated: {} counts again; {withdrawal}", withdrawal.digest)
}
