//! Ranges of healthy status codes.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// All status codes from one to another, or one alone. Written as `200`, or as `"200-299"`.
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
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            One(u16),
            Range(String),
        }
        let parse = |text: &str| {
            let (from, to) = text.split_once('-')?;
            Some(Self { from: from.parse().ok()?, to: to.parse().ok()? })
        };
        match Written::deserialize(deserializer)? {
            Written::One(status) => Ok(Self::one(status)),
            Written::Range(text) => parse(&text)
                .ok_or_else(|| D::Error::custom(format!("`{text}` is no range of status codes"))),
        }
    }
}
