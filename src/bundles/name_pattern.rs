//! A pattern for names of objects in a policy.

use boathook_core::wildcard;
use serde::Deserialize;

/// A name in which `*` stands for any characters; the whole name must match.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct NamePattern(String);

impl NamePattern {
    /// Parses a pattern; none if no name could match it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_usable = |letter: char| letter.is_ascii_graphic() && letter != '/';
        (!text.is_empty() && text.chars().all(is_usable)).then(|| Self(text.to_owned()))
    }

    /// Whether the whole name matches.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        wildcard::matches(&self.0, name)
    }
}

impl TryFrom<String> for NamePattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or(
            "must be a name of objects, in which `*` stands for any characters, such as game-*",
        )
    }
}
