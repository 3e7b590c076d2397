//! Where a file lies in a bundle.

use std::{borrow::Borrow, fmt};

use crate::deployment::is_unprintable;

/// A relative path of a file in a bundle, with `/` between its parts: it cannot lead out of the
/// folder that the bundle is written to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundlePath(String);

/// Why a path cannot stand in a bundle; the text completes "the path ...".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBundlePath {
    #[error("is empty")]
    Empty,
    #[error("is absolute; name files from the bundle's own folder on")]
    Absolute,
    #[error(
        "holds `..`, which may lead out of the bundle; name files from the bundle's own folder on"
    )]
    Parent,
    #[error("holds an empty part or `.`; write one `/` between two names")]
    EmptyPart,
    #[error("holds a backslash, which some systems take for a `/`; rename the file")]
    Backslash,
    #[error("holds a character that nobody sees; rename the file")]
    Control,
}

impl BundlePath {
    /// Parses a path.
    pub fn parse(text: &str) -> Result<Self, InvalidBundlePath> {
        if text.is_empty() {
            return Err(InvalidBundlePath::Empty);
        }
        if text.starts_with('/') {
            return Err(InvalidBundlePath::Absolute);
        }
        if text.contains('\\') {
            return Err(InvalidBundlePath::Backslash);
        }
        if text.chars().any(is_unprintable) {
            return Err(InvalidBundlePath::Control);
        }
        for part in text.split('/') {
            match part {
                ".." => return Err(InvalidBundlePath::Parent),
                "" | "." => return Err(InvalidBundlePath::EmptyPart),
                _ => {}
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many parts it has.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.split('/').count()
    }

    /// The folder at the top that the file lies in; none if it lies beside these folders.
    #[must_use]
    pub fn top_folder(&self) -> Option<&str> {
        self.0.split_once('/').map(|(folder, _)| folder)
    }
}

impl fmt::Display for BundlePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for BundlePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}
