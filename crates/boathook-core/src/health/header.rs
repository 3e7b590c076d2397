//! Additional headers of a probe.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::{deployment::probe_header_fault, source::Source};

/// One header. Its value may be a secret, which is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: HeaderValue,
}

/// A header's value.
#[derive(Clone, PartialEq, Eq)]
pub enum HeaderValue {
    /// This.
    Value(String),
    /// A secret, by the place that it is read from; no record holds the value.
    SecretOf(Source),
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

    /// Why a probe may not carry it.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        match &self.value {
            HeaderValue::Value(text) => probe_header_fault(&self.name, text),
            HeaderValue::SecretOf(source) if source.is_one() => probe_header_fault(&self.name, ""),
            HeaderValue::SecretOf(_) => {
                Some("must name exactly one of `env`, `file` and `credential`")
            }
        }
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            HeaderValue::Value(value) => write!(f, "{}: {value:?}", self.name),
            HeaderValue::SecretOf(source) => write!(f, "{}: (from {})", self.name, source.place()),
        }
    }
}

/// Writes headers as a section: names with their values.
pub(super) fn serialize<S: Serializer>(
    headers: &[Header],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.iter().map(|header| (&header.name, &header.value)))
}

/// Reads a section of names with their values.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Header>, D::Error> {
    struct Section;

    impl<'de> Visitor<'de> for Section {
        type Value = Vec<Header>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a section")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Vec<Header>, A::Error> {
            let mut headers = Vec::new();
            while let Some((name, value)) = entries.next_entry()? {
                headers.push(Header { name, value });
            }
            Ok(headers)
        }
    }

    deserializer.deserialize_map(Section)
}

impl Serialize for HeaderValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(text) => text.serialize(serializer),
            Self::SecretOf(source) => source.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for HeaderValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrSource;

        impl<'de> Visitor<'de> for TextOrSource {
            type Value = HeaderValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, or where a secret is read from, such as {env: NAME}")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<HeaderValue, E> {
                Ok(HeaderValue::Value(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<HeaderValue, A::Error> {
                Source::deserialize(MapAccessDeserializer::new(map)).map(HeaderValue::SecretOf)
            }
        }

        deserializer.deserialize_any(TextOrSource)
    }
}
