//! Patterns in allow lists.
//!
//! Our own: globs have `**`, sets and escapes; an allow list says no more than it reads.

use std::fmt;

use boathook_core::{deployment::ImageRef, wildcard};
use serde::{Deserialize, Deserializer};

use crate::config::text::Text;

/// Text in which `*` matches any run of characters except `/`.
///
/// The whole text must match: `ghcr.io/*/game-2048` allows `ghcr.io/acme/game-2048`, and neither
/// `ghcr.io/acme/game-2048/x` nor `evil.example/ghcr.io/acme/game-2048`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Parses a pattern; refuses one that is empty, has spaces, an empty part between slashes, or
    /// `**`, which would seem to match slashes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts_whole = text.split('/').all(|part| !part.is_empty() && !part.contains("**"));
        let printable = !text.contains(|c: char| c.is_whitespace() || c.is_control());
        (parts_whole && printable).then(|| Self(text.to_owned()))
    }

    /// Whether it could match a repository: one with a tag or a digest never does.
    #[must_use]
    pub(crate) fn is_repository(&self) -> bool {
        let last = self.0.rsplit('/').next().unwrap_or_default();
        !self.0.contains('@') && !last.contains(':')
    }

    /// Whether it could match a text that is valid in its place.
    pub(crate) fn can_match(&self, is_valid: impl Fn(&str) -> bool) -> bool {
        // What stands for `*` is a letter, a digit as in a port, or nothing.
        ["a", "1", ""].iter().any(|fill| is_valid(&self.0.replace('*', fill)))
    }

    /// Whether it could match the repository of any image.
    pub(crate) fn can_match_repository(&self) -> bool {
        let matches = |image: ImageRef| self.matches_repository(&image);
        self.can_match(|text| ImageRef::parse(text).is_ok_and(matches))
    }

    /// The text itself, if it has no `*`.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        (!self.0.contains('*')).then_some(self.0.as_str())
    }

    /// Whether it matches every text without a `/`.
    pub(crate) fn is_anything(&self) -> bool {
        self.0 == "*"
    }

    /// Whether an image's repository matches. Neither is completed, and a registry must be named: a
    /// first part that could be a part of a repository, such as `*`, never matches one.
    #[must_use]
    pub fn matches_repository(&self, image: &ImageRef) -> bool {
        wildcard::matches_repository(&self.0, image)
    }

    /// Whether one of them matches the whole of `text`.
    #[must_use]
    pub fn any(patterns: &[Self], text: &str) -> bool {
        patterns.iter().any(|pattern| pattern.matches(text))
    }

    /// Whether the whole of `text` matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        wildcard::matches_path(&self.0, text)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text {
            expected: "a name or pattern such as \"ghcr.io/*/game-2048\" (`*` never crosses a `/`)",
            parse: Self::parse,
        })
    }
}
