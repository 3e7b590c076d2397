//! Checks this machine's clock against that of a server.

use jiff::{SignedDuration, Timestamp};

use crate::{
    check::{CheckContext, CheckResult},
    config::Config,
};

const CHECK: &str = "clock";
/// An answer's date has whole seconds, and starting kubectl takes time.
const CLOSE: SignedDuration = SignedDuration::from_secs(5);

/// When a server answered: by its own clock, and by ours before and after.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub before: Timestamp,
    pub server_time: Timestamp,
    pub after: Timestamp,
}

pub(super) async fn check(context: &CheckContext) -> Vec<CheckResult> {
    let before = context.clock.now();
    let Ok(Some(server_time)) = context.cluster.api_time().await else { return Vec::new() };
    let reading = Reading { before, server_time, after: context.clock.now() };
    vec![judge("the API server", reading, &context.config)]
}

/// Whether the time of a server is between two readings of our clock; requests are valid within the
/// window of it.
pub(super) fn judge(server: &str, reading: Reading, config: &Config) -> CheckResult {
    let window = SignedDuration::try_from(config.replay.window).unwrap_or(SignedDuration::MAX);
    judge_within(server, reading, window)
}

pub(super) fn judge_within(server: &str, reading: Reading, window: SignedDuration) -> CheckResult {
    let Reading { before, server_time, after } = reading;
    let ahead = before.duration_since(server_time);
    let behind = server_time.duration_since(after);
    let difference = ahead.max(behind);
    let words = if ahead > behind { "ahead of" } else { "behind" };
    let seen = || format!("this machine's clock is {} s {words} {server}'s", difference.as_secs());
    let fix = "timedatectl set-ntp true; timedatectl timesync-status";
    if difference <= CLOSE {
        CheckResult::ok(CHECK, format!("this machine and {server} agree on the time"))
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
