//! The head: how far the log is known to be on disk, in a small file next to it. It reveals a cut
//! tail, and says where to continue.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    observers::audit::chain::{Hash, Link, Sealed},
    replace_file::replace_file,
};

/// The head's file.
pub(super) const HEAD: &str = "head.json";

/// What is certainly on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    /// The last record of the journal that has its line.
    pub(super) sequence: u64,
    /// The last line's number.
    pub(super) number: u64,
    /// The last line's hash.
    pub(super) hash: Hash,
    /// The number of the first line that is kept.
    pub(super) from: u64,
}

/// The state of the head's file.
pub(super) enum Found {
    Head(Head),
    Missing,
    Unreadable,
}

impl Head {
    /// The head of a log without lines.
    pub(super) fn origin() -> Self {
        let Link { number, hash } = Link::origin();
        Self { sequence: 0, number, hash, from: 1 }
    }

    /// The last line's place.
    pub(super) fn link(&self) -> Link {
        Link { number: self.number, hash: self.hash.clone() }
    }

    /// The head after another line.
    pub(super) fn moved(self, link: Link, sequence: Option<u64>) -> Self {
        let Link { number, hash } = link;
        Self { sequence: sequence.unwrap_or(self.sequence), number, hash, from: self.from }
    }

    /// Whether it agrees with the line that it names, and with the line before the next one.
    pub(super) fn names(&self, line: &Sealed) -> bool {
        let next = line.link.number.checked_sub(1) == Some(self.number);
        (self.number != line.link.number || self.link() == line.link)
            && (!next || self.link().precedes(line))
    }

    /// Whether it can have been written after the lines that are kept, the last record of which is
    /// `reported`.
    pub(super) fn follows(&self, reported: Option<u64>) -> bool {
        self.sequence == reported.unwrap_or(if self.from > 1 { self.sequence } else { 0 })
    }

    /// Whether it fits a log whose first line is `from`.
    pub(super) const fn fits(&self, from: u64) -> bool {
        self.number.saturating_add(1) >= from && (self.number > 0 || self.sequence == 0)
    }

    pub(super) fn read(directory: &Path) -> io::Result<Found> {
        match fs::read(directory.join(HEAD)) {
            Ok(text) => Ok(serde_json::from_slice(&text).map_or(Found::Unreadable, Found::Head)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Missing),
            Err(error) => Err(error),
        }
    }

    pub(super) fn write(&self, directory: &Path) -> io::Result<()> {
        replace_file(&directory.join(HEAD), &serde_json::to_vec(self)?)
    }
}
