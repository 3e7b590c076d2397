//! How many requests GitHub grants: what it said last, and until when it grants none.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::Instant;

use crate::github::{GitHubResponse, error::message};

/// GitHub asks for this much where it names no time.
const UNNAMED: Duration = Duration::from_secs(60);
/// GitHub counts by the hour. No answer stops boathook for longer.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// What GitHub said last about how many requests it grants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests in an hour.
    pub limit: Option<u64>,
    /// Those that are left of them.
    pub remaining: Option<u64>,
    /// When the next hour begins.
    pub reset: Option<Timestamp>,
}

/// The limits of one credential, which all who use it share.
#[derive(Debug, Default)]
pub(super) struct Limits {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    reported: RateLimit,
    closed_until: Option<Instant>,
}

impl Limits {
    pub(super) fn reported(&self) -> RateLimit {
        self.state().reported
    }

    /// How long no request may be made.
    pub(super) fn closed_for(&self) -> Option<Duration> {
        let left = self.state().closed_until?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Learns from an answer, and says how long no request may be made if this one was refused for
    /// its number.
    pub(super) fn learn(&self, response: &GitHubResponse, now: Timestamp) -> Option<Duration> {
        let number = |name| response.header(name).and_then(|text| text.trim().parse::<u64>().ok());
        let reset = number("x-ratelimit-reset")
            .and_then(|second| Timestamp::from_second(i64::try_from(second).ok()?).ok());
        let reported = RateLimit {
            limit: number("x-ratelimit-limit"),
            remaining: number("x-ratelimit-remaining"),
            reset,
        };
        let until_reset = reset.map(|reset| reset.duration_since(now));
        let until_reset = until_reset.and_then(|left| Duration::try_from(left).ok());
        let is_used_up = reported.remaining == Some(0);
        let is_refused = matches!(response.status, 403 | 429);
        let wait = match number("retry-after").map(Duration::from_secs) {
            Some(wait) if is_refused => Some(wait),
            _ if is_used_up => Some(until_reset.unwrap_or(UNNAMED)),
            _ if response.status == 429 => Some(UNNAMED),
            _ if is_refused && speaks_of_a_limit(response) => Some(UNNAMED),
            _ => None,
        };
        let wait = wait.map(|wait| wait.min(LONGEST));
        let mut state = self.state();
        if reported.remaining.is_some() {
            state.reported = reported;
        }
        if let Some(wait) = wait {
            state.closed_until = state.closed_until.max(Some(Instant::now() + wait));
        }
        wait.filter(|_| is_refused)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Secondary limits are told apart from a missing permission by their words alone, where GitHub
/// sends no time.
fn speaks_of_a_limit(response: &GitHubResponse) -> bool {
    message(response).to_ascii_lowercase().contains("rate limit")
}
