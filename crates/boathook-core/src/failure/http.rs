//! HTTP answers of registries, the API server, and the proxies, tunnels and CDNs in front of them.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822};

use crate::failure::Class;

/// The longest pause that a `Retry-After` can request; a longer one is cut to this.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(120);

/// The class of a status code that is not a success. 520 to 530 come from a content network whose
/// origin did not answer.
#[must_use]
pub const fn of_status(code: u16) -> Class {
    match code {
        408 | 429 | 500 | 502..=504 | 520..=530 => Class::Transient,
        _ => Class::Permanent,
    }
}

/// The pause in a `Retry-After`, in seconds or as a date; none if it cannot be parsed.
#[must_use]
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    retry_after_seconds(value).or_else(|| {
        let date = rfc2822::DateTimeParser::new().parse_timestamp(value.trim()).ok()?;
        let asked = Duration::try_from(date.duration_since(now)).unwrap_or_default();
        Some(asked.min(LONGEST_RETRY_AFTER))
    })
}

/// The same, in seconds alone, as the API server sends it.
#[must_use]
pub fn retry_after_seconds(value: &str) -> Option<Duration> {
    value.trim().parse().ok().map(|seconds| Duration::from_secs(seconds).min(LONGEST_RETRY_AFTER))
}
