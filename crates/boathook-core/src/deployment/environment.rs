//! The name of an environment.

use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Unexpected, Visitor},
};

/// The maximum length of a name, which is part of file names, labels and paths.
const NAME_MAX: usize = 40;

/// Where a deployment goes, by the name of `config/NAME.yaml`. It holds the name itself, ended by
/// zeros, so that it is copied like a number and orders as its text does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Environment([u8; NAME_MAX]);

/// A text that cannot be the name of an environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` cannot be the name of an environment, which is 1 to 40 of a-z, 0-9 and `-`, with a letter or digit at both ends",
    .0.escape_default()
)]
pub struct InvalidEnvironment(String);

impl Environment {
    /// The environment of this name; none if no environment can have it.
    #[must_use]
    pub const fn of(name: &str) -> Option<Self> {
        let text = name.as_bytes();
        if text.is_empty() || text.len() > NAME_MAX {
            return None;
        }
        let mut bytes = [0; NAME_MAX];
        let mut at = 0;
        while at < text.len() {
            match text[at] {
                b'a'..=b'z' | b'0'..=b'9' => {}
                b'-' if at > 0 && at + 1 < text.len() => {}
                _ => return None,
            }
            bytes[at] = text[at];
            at += 1;
        }
        Some(Self(bytes))
    }

    /// The name, as in `config/NAME.yaml` and `manifests/NAME`.
    #[must_use]
    pub fn name(&self) -> &str {
        let length = self.0.iter().position(|byte| *byte == 0).unwrap_or(NAME_MAX);
        str::from_utf8(&self.0[..length]).expect("a name is letters, digits and `-`")
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Environment {
    type Err = InvalidEnvironment;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::of(text).ok_or_else(|| InvalidEnvironment(text.chars().take(64).collect()))
    }
}

impl Serialize for Environment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Environment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = Environment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "the name of an environment (1 to 40 of a-z, 0-9 and `-`, with a letter or digit at both ends)",
                )
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Environment, E> {
                Environment::of(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_str(Name)
    }
}
