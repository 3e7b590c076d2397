//! Additional headers of a probe.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One header. Its value may be a secret, which is never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    #[serde(flatten)]
    pub value: HeaderValue,
}

/// A header's value.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeaderValue {
    /// This.
    Value(String),
    /// A secret, by the place that it is read from; no record holds the value.
    SecretOf(String),
}

impl Header {
    /// A header whose value is no secret.
    #[must_use]
    pub fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: HeaderValue::Value(value.to_owned()) }
    }

    /// Whether the name is this one; names have no case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            HeaderValue::Value(value) => write!(f, "{}: {value:?}", self.name),
            HeaderValue::SecretOf(place) => write!(f, "{}: (from {place})", self.name),
        }
    }
}
