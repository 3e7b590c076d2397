//! The parts of a health check, as written in the configuration: paths, status codes, headers.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use crate::config::Source;

/// One path, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths(pub Vec<String>);

/// The HTTP method of probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ProbeMethod {
    /// GET.
    Get,
    /// HEAD.
    Head,
    /// OPTIONS.
    Options,
    /// POST, without a body.
    Post,
}

/// A status code, or all from one to another: `200`, `200-299` or `2xx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusCodes {
    /// The lowest.
    pub from: u16,
    /// The highest.
    pub to: u16,
}

/// Headers by name.
pub type Headers = BTreeMap<String, HeaderText>;

/// A header's value, or where it is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderText {
    Text(String),
    Secret(Source),
}

impl StatusCodes {
    fn parse(text: &str) -> Option<Self> {
        if let Some(hundreds) = text.strip_suffix("xx") {
            let from = hundreds.parse::<u16>().ok()?.checked_mul(100)?;
            return Some(Self { from, to: from.checked_add(99)? });
        }
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        Some(Self { from: from.trim().parse().ok()?, to: to.trim().parse().ok()? })
    }

    /// Whether they are status codes at all.
    pub(super) const fn is_sound(self) -> bool {
        100 <= self.from && self.from <= self.to && self.to <= 599
    }
}

impl fmt::Display for StatusCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        if from == to { write!(f, "{from}") } else { write!(f, "{from}-{to}") }
    }
}

impl<'de> Deserialize<'de> for StatusCodes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Codes;

        impl Visitor<'_> for Codes {
            type Value = StatusCodes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a status code such as 200, or a range such as \"200-299\" or \"2xx\"")
            }

            fn visit_i64<E: Error>(self, code: i64) -> Result<StatusCodes, E> {
                let code = u16::try_from(code)
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(code), &self))?;
                Ok(StatusCodes { from: code, to: code })
            }

            fn visit_u64<E: Error>(self, code: u64) -> Result<StatusCodes, E> {
                let code = u16::try_from(code)
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Unsigned(code), &self))?;
                Ok(StatusCodes { from: code, to: code })
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<StatusCodes, E> {
                StatusCodes::parse(text)
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(Codes)
    }
}

impl<'de> Deserialize<'de> for Paths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;

        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Paths;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path such as \"/healthz\", or a list of them")
            }

            fn visit_str<E: Error>(self, path: &str) -> Result<Paths, E> {
                Ok(Paths(vec![path.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Paths, A::Error> {
                let mut paths = Vec::new();
                while let Some(path) = list.next_element()? {
                    paths.push(path);
                }
                Ok(Paths(paths))
            }
        }

        deserializer.deserialize_any(OneOrMany)
    }
}

impl<'de> Deserialize<'de> for HeaderText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrPlace;

        impl<'de> Visitor<'de> for TextOrPlace {
            type Value = HeaderText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, or where a secret is read from, such as {env: NAME}")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<HeaderText, E> {
                Ok(HeaderText::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<HeaderText, A::Error> {
                Source::deserialize(MapAccessDeserializer::new(map)).map(HeaderText::Secret)
            }
        }

        deserializer.deserialize_any(TextOrPlace)
    }
}
