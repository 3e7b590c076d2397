//! The parts of a health check, as written in the configuration: paths and headers.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use crate::config::Source;

/// One path, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths(pub Vec<String>);

/// Headers by name.
pub type Headers = BTreeMap<String, HeaderText>;

/// A header's value, or where it is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderText {
    Text(String),
    Secret(Source),
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
