//! The API server's reason for a refusal, which kubectl prints in brackets.

use std::sync::LazyLock;

use regex::Regex;

use crate::failure::Class;

static REASON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)(?:^|[:;] )(?:Error from server|error: .*?) \(([A-Z][A-Za-z]{2,40})\)")
        .expect("the pattern is fixed, and the tests use it")
});

/// Every reason in kubectl's output, in order. `apply` has one for each refused object.
pub fn reasons(stderr: &str) -> impl Iterator<Item = &str> {
    REASON.captures_iter(stderr).filter_map(|found| Some(found.get(1)?.as_str()))
}

/// What a reason of `metav1.StatusReason` means. `AlreadyExists` is what a create that kubectl sent
/// twice ends with: the next run finds it.
#[must_use]
pub fn of_reason(reason: &str) -> Class {
    match reason {
        "Conflict" | "AlreadyExists" | "InternalError" | "ServerTimeout" | "ServiceUnavailable"
        | "StorageReadError" | "Timeout" | "TooManyRequests" | "Unknown" => Class::Transient,
        _ => Class::Permanent,
    }
}
