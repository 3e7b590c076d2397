//! Values that are written as text with a grammar of their own: durations, times and addresses.

use std::{fmt, net::SocketAddr, time::Duration};

use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{Error, Unexpected, Visitor},
};

/// The longest duration that can be set: a year.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
const TIME: &str = "a time in RFC 3339 such as 2027-01-31T12:00:00Z";
const ADDRESS: &str = "an address and port such as \"127.0.0.1:8080\"";

/// Reads a duration, which may be 0.
pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    deserializer
        .deserialize_str(Text { expected: "a duration such as \"5s\"", parse: parse_duration })
}

/// Reads a duration longer than 0.
pub(super) fn positive_duration<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    let parse = |text: &str| parse_duration(text).filter(|duration| !duration.is_zero());
    deserializer
        .deserialize_str(Text { expected: "a duration longer than 0, such as \"5s\"", parse })
}

/// Reads an address with its port.
pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    deserializer.deserialize_str(Text { expected: ADDRESS, parse: |text| text.parse().ok() })
}

/// Reads an address with its port, or nothing.
pub(super) fn optional_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SocketAddr>, D::Error> {
    #[derive(Deserialize)]
    struct Address(#[serde(deserialize_with = "address")] SocketAddr);
    Ok(Option::<Address>::deserialize(deserializer)?.map(|Address(address)| address))
}

/// Reads a time, or nothing.
pub(super) fn optional_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    #[derive(Deserialize)]
    struct Time(#[serde(deserialize_with = "time")] Timestamp);
    Ok(Option::<Time>::deserialize(deserializer)?.map(|Time(time)| time))
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    deserializer.deserialize_str(Text { expected: TIME, parse: |text| text.parse().ok() })
}

/// Text that `parse` understands; anything else is an error that says what was expected.
pub(super) struct Text<T> {
    pub expected: &'static str,
    /// Reads it.
    pub parse: fn(&str) -> Option<T>,
}

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// Parses numbers with units, as in `5s`, `1m30s` or `250ms`.
fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut whole = Duration::ZERO;
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at(unit_at);
        let next = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(next);
        whole = whole.checked_add(unit_length(unit)?.checked_mul(number.parse().ok()?)?)?;
        rest = after;
    }
    (!text.is_empty() && whole <= LONGEST).then_some(whole)
}

fn unit_length(unit: &str) -> Option<Duration> {
    match unit {
        "ms" => Some(Duration::from_millis(1)),
        "s" => Some(Duration::from_secs(1)),
        "m" => Some(Duration::from_secs(60)),
        "h" => Some(Duration::from_secs(60 * 60)),
        "d" => Some(Duration::from_secs(24 * 60 * 60)),
        _ => None,
    }
}
