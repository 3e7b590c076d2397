//! Why manifests cannot be read: where, what is wrong, and what to do.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use crate::cluster::ClusterError;

/// Why manifests cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The system cannot read it.
    #[error("failed to read {}: {reason}", .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        reason: String,
    },
    /// boathook refuses it.
    #[error("{} is not deployable: {reason}", .path.display())]
    Refused {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// kubectl would refuse it.
    #[error("{} does not parse: {fault}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: Fault,
    },
    /// kustomize did not build it.
    #[error("kustomize did not build {}", .path.display())]
    NotBuilt {
        /// The folder.
        path: PathBuf,
        /// How kustomize failed.
        source: ClusterError,
    },
}

impl ManifestError {
    /// The same error with paths from a folder on, where they lie below it: what a bundle holds is
    /// known to its sender by these.
    #[must_use]
    pub fn below(self, root: &Path) -> Self {
        let below = |path: PathBuf| path.strip_prefix(root).map(Path::to_owned).unwrap_or(path);
        match self {
            Self::Unreadable { path, reason } => Self::Unreadable { path: below(path), reason },
            Self::Refused { path, reason } => Self::Refused { path: below(path), reason },
            Self::Malformed { path, fault } => Self::Malformed { path: below(path), fault },
            Self::NotBuilt { path, source } => Self::NotBuilt { path: below(path), source },
        }
    }

    pub(super) fn refused(path: &Path, reason: impl Into<String>) -> Self {
        Self::Refused { path: path.to_owned(), reason: reason.into() }
    }
}

/// The problem of a text, with its place if known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    place: Option<TextPosition>,
    reason: String,
}

/// A place in a file; both count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextPosition {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Fault {
    /// Somewhere.
    pub(super) fn of(reason: impl Into<String>) -> Self {
        Self { place: None, reason: reason.into() }
    }

    /// Here.
    pub(super) fn at(place: TextPosition, reason: impl Into<String>) -> Self {
        Self { place: Some(place), reason: reason.into() }
    }

    /// The same fault, with this place if it has none.
    pub(super) fn or_at(self, place: TextPosition) -> Self {
        Self { place: self.place.or(Some(place)), ..self }
    }

    /// The same fault in a text that begins so many lines further down in its file.
    pub(super) fn below(self, lines: usize) -> Self {
        Self {
            place: self.place.map(|place| TextPosition { line: place.line + lines, ..place }),
            ..self
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(TextPosition { line, column }) => {
                write!(f, "line {line}, column {column}: {}", self.reason)
            }
            None => f.write_str(&self.reason),
        }
    }
}
