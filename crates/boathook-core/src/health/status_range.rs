//! Ranges of healthy status codes.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Unexpected, Visitor},
};

/// All status codes from one to another, or one alone. Written as `200`, `"200-299"` or `2xx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusRange {
    /// The lowest.
    pub from: u16,
    /// The highest.
    pub to: u16,
}

impl StatusRange {
    /// One status code alone.
    #[must_use]
    pub const fn one(status: u16) -> Self {
        Self { from: status, to: status }
    }

    /// Reads `200`, `200-299` or `2xx`.
    fn parse(text: &str) -> Option<Self> {
        if let Some(hundreds) = text.strip_suffix("xx") {
            let from = hundreds.parse::<u16>().ok()?.checked_mul(100)?;
            return Some(Self { from, to: from.checked_add(99)? });
        }
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        Some(Self { from: from.trim().parse().ok()?, to: to.trim().parse().ok()? })
    }

    /// Whether they are status codes at all.
    #[must_use]
    pub const fn is_sound(self) -> bool {
        100 <= self.from && self.from <= self.to && self.to <= 599
    }

    /// Whether a status code is among them.
    #[must_use]
    pub const fn contains(self, status: u16) -> bool {
        self.from <= status && status <= self.to
    }
}

impl fmt::Display for StatusRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        if from == to { write!(f, "{from}") } else { write!(f, "{from}-{to}") }
    }
}

impl Serialize for StatusRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.from == self.to {
            serializer.serialize_u16(self.from)
        } else {
            serializer.collect_str(self)
        }
    }
}

impl<'de> Deserialize<'de> for StatusRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

struct Written;

impl Visitor<'_> for Written {
    type Value = StatusRange;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a status code such as 200, or a range such as \"200-299\" or \"2xx\"")
    }

    fn visit_i64<E: Error>(self, code: i64) -> Result<StatusRange, E> {
        let one = u16::try_from(code).map(StatusRange::one);
        one.map_err(|_| E::invalid_value(Unexpected::Signed(code), &self))
    }

    fn visit_u64<E: Error>(self, code: u64) -> Result<StatusRange, E> {
        let one = u16::try_from(code).map(StatusRange::one);
        one.map_err(|_| E::invalid_value(Unexpected::Unsigned(code), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<StatusRange, E> {
        StatusRange::parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}
