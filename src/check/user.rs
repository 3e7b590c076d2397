//! Reports which user runs the check: another user may have other rights.

use std::{os::unix::fs::MetadataExt as _, path::Path};

use crate::check::{CheckContext, CheckResult};

const CHECK: &str = "user";

pub(super) fn check(context: &CheckContext) -> Vec<CheckResult> {
    vec![judge(context.user, owner(&context.config.state.directory))]
}

/// boathook's own user is the one that its state directory belongs to.
fn owner(state: &Path) -> Option<u32> {
    std::fs::metadata(state).ok().map(|metadata| metadata.uid())
}

/// Whether this user is boathook's own, the `owner` of its state directory.
pub(super) fn judge(user: u32, owner: Option<u32>) -> CheckResult {
    match owner {
        Some(owner) if owner == user => {
            CheckResult::ok(CHECK, format!("looked at as boathook's own user ({user})"))
        }
        Some(owner) => CheckResult::warning(
            CHECK,
            format!("looked at as user {user}, and boathook runs as user {owner}"),
            "what this user may read, run and open, boathook may not, or the other way round",
            format!("run it as that user: sudo -u '#{owner}' boathook check"),
        ),
        None => CheckResult::ok(
            CHECK,
            format!(
                "looked at as user {user}; there is no state directory yet to tell whether boathook is the same"
            ),
        ),
    }
}
