//! Durations as text: one grammar for configuration, commands, API and senders, and one way to show
//! them to people.
//!
//! Text is numbers with units, such as `5s`, `1m30s` or `7d`. What [`show`] writes, [`parse`] reads.

use std::{fmt, time::Duration};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Unexpected, Visitor, value::MapAccessDeserializer},
};

/// Each unit with its milliseconds, the longest first.
const UNITS: [(&str, u64); 5] =
    [("d", 24 * 60 * 60 * 1000), ("h", 60 * 60 * 1000), ("m", 60 * 1000), ("s", 1000), ("ms", 1)];
/// The longest duration that can be written: a year.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Shorter durations are shown in hours.
const SHOWN_IN_DAYS: Duration = Duration::from_secs(48 * 60 * 60);

/// A text that is no duration, or not one that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDuration {
    /// It is none.
    #[error("expected a duration such as 90s, 20m, 1h30m or 7d, at most 365d")]
    Grammar,
    /// It is 0.
    #[error("expected a duration longer than 0")]
    Zero,
}

/// Parses a duration of at most a year, which may be 0.
pub fn parse(text: &str) -> Result<Duration, InvalidDuration> {
    sum(text).filter(|whole| *whole <= LONGEST).ok_or(InvalidDuration::Grammar)
}

/// Parses a duration longer than 0.
pub fn parse_positive(text: &str) -> Result<Duration, InvalidDuration> {
    let duration = parse(text)?;
    if duration.is_zero() { Err(InvalidDuration::Zero) } else { Ok(duration) }
}

fn sum(text: &str) -> Option<Duration> {
    let mut rest = (!text.is_empty()).then_some(text)?;
    let mut milliseconds = 0_u64;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, after) =
            after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        let (_, length) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let part = number.parse::<u64>().ok()?.checked_mul(*length)?;
        milliseconds = milliseconds.checked_add(part)?;
        rest = after;
    }
    Some(Duration::from_millis(milliseconds))
}

/// A duration as [`parse`] reads it, to the millisecond; days are used from two on.
#[must_use]
pub fn show(duration: Duration) -> String {
    let units = if duration < SHOWN_IN_DAYS { &UNITS[1..] } else { &UNITS };
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (unit, length) in units {
        if rest >= *length {
            text += &format!("{}{unit}", rest / length);
            rest %= length;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Reads a duration that may be 0: text, or what records hold.
pub fn any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    deserializer.deserialize_any(Written { positive: false })
}

/// Reads a duration longer than 0: text, or what records hold.
pub fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    deserializer.deserialize_any(Written { positive: true })
}

/// Reads a duration longer than 0, or nothing.
pub fn optional_positive<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    #[derive(Deserialize)]
    struct Positive(#[serde(deserialize_with = "positive")] Duration);
    Ok(Option::<Positive>::deserialize(deserializer)?.map(|Positive(duration)| duration))
}

struct Written {
    positive: bool,
}

/// What serde makes of a duration, and journals hold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    secs: u64,
    nanos: u32,
}

impl<'de> Visitor<'de> for Written {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.positive {
            "a duration longer than 0, such as \"5s\""
        } else {
            "a duration such as \"5s\""
        })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Duration, E> {
        let duration = if self.positive { parse_positive(text) } else { parse(text) };
        duration.map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Duration, A::Error> {
        let Recorded { secs, nanos } = Recorded::deserialize(MapAccessDeserializer::new(map))
            .map_err(|_| A::Error::invalid_type(Unexpected::Map, &self))?;
        if secs > LONGEST.as_secs() || nanos >= 1_000_000_000 {
            return Err(A::Error::invalid_value(Unexpected::Map, &self));
        }
        let duration = Duration::new(secs, nanos);
        if self.positive && duration.is_zero() {
            return Err(A::Error::invalid_value(Unexpected::Map, &self));
        }
        Ok(duration)
    }
}
