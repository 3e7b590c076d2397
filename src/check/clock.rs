//! Is it as late here as at the API server.

use jiff::{SignedDuration, Timestamp};

use crate::check::{CheckContext, CheckResult};

const CHECK: &str = "clock";
/// An answer's date has whole seconds, and starting kubectl takes time.
const CLOSE: SignedDuration = SignedDuration::from_secs(5);

pub(super) async fn look(context: &CheckContext) -> Vec<CheckResult> {
    let before = context.clock.now();
    let Ok(Some(theirs)) = context.cluster.api_time().await else { return Vec::new() };
    let window = SignedDuration::try_from(context.config.replay.window).unwrap_or(SignedDuration::MAX);
    vec![judge(before, theirs, context.clock.now(), window)]
}

/// Whether the API server's time lies between two looks at our own clock; requests count within `window` of it.
#[must_use]
pub fn judge(before: Timestamp, theirs: Timestamp, after: Timestamp, window: SignedDuration) -> CheckResult {
    let (ahead, behind) = (before.duration_since(theirs), theirs.duration_since(after));
    let apart = ahead.max(behind);
    let words = if ahead > behind { "ahead of" } else { "behind" };
    let seen = || format!("this machine's clock is {} s {words} the API server's", apart.as_secs());
    let fix = "timedatectl set-ntp true; timedatectl timesync-status";
    if apart <= CLOSE {
        CheckResult::ok(CHECK, "this machine and the API server agree on the time")
    } else if apart < window / 2 {
        CheckResult::warning(CHECK, seen(), "timestamps of requests are compared with this clock", fix)
    } else {
        CheckResult::error(CHECK, seen(), "requests are refused as stale (409), and tokens and certificates as not valid", fix)
    }
}
