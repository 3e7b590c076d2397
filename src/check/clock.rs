//! Checks this machine's clock against the API server's.

use jiff::{SignedDuration, Timestamp};

use crate::check::{CheckContext, CheckResult};

const CHECK: &str = "clock";
/// An answer's date has whole seconds, and starting kubectl takes time.
const CLOSE: SignedDuration = SignedDuration::from_secs(5);

pub(super) async fn check(context: &CheckContext) -> Vec<CheckResult> {
    let before = context.clock.now();
    let Ok(Some(server_time)) = context.cluster.api_time().await else { return Vec::new() };
    let window =
        SignedDuration::try_from(context.config.replay.window).unwrap_or(SignedDuration::MAX);
    vec![judge(before, server_time, context.clock.now(), window)]
}

/// Whether the API server's time is between two readings of our clock; requests are valid within
/// `window` of it.
pub(super) fn judge(
    before: Timestamp,
    server_time: Timestamp,
    after: Timestamp,
    window: SignedDuration,
) -> CheckResult {
    let ahead = before.duration_since(server_time);
    let behind = server_time.duration_since(after);
    let difference = ahead.max(behind);
    let words = if ahead > behind { "ahead of" } else { "behind" };
    let seen =
        || format!("this machine's clock is {} s {words} the API server's", difference.as_secs());
    let fix = "timedatectl set-ntp true; timedatectl timesync-status";
    if difference <= CLOSE {
        CheckResult::ok(CHECK, "this machine and the API server agree on the time")
    } else if difference < window / 2 {
        CheckResult::warning(
            CHECK,
            seen(),
            "timestamps of requests are compared with this clock",
            fix,
        )
    } else {
        CheckResult::error(
            CHECK,
            seen(),
            "requests are refused as stale (409), and tokens and certificates as not valid",
            fix,
        )
    }
}
