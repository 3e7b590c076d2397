//! What is wrong with one entry of a bundle.

use boathook_core::deployment::InvalidBundlePath;

/// What is wrong with an entry, and what to do; the text completes "the entry `...`".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryFault {
    #[error("has a path that {0}")]
    Path(#[from] InvalidBundlePath),
    #[error("has a name that is not UTF-8; rename the file")]
    NotUtf8,
    #[error("is a link, and a bundle holds files only; pack the file itself")]
    Link,
    #[error("is a device, and a bundle holds files only; leave it out")]
    Device,
    #[error("is a named pipe, and a bundle holds files only; leave it out")]
    Fifo,
    #[error("is a sparse file; pack it whole (GNU tar: without --sparse)")]
    Sparse,
    #[error(
        "gets its name or size from an extension of the tar format; pack it with shorter names, in the format ustar (GNU tar: --format=ustar)"
    )]
    Extension,
    #[error("is of a kind that a bundle does not hold; pack files and folders only")]
    UnknownKind,
    #[error("stands there twice; pack each file once")]
    Duplicate,
    #[error(
        "differs from another one only in upper and lower case, and some systems take both for one file; rename one of them"
    )]
    SameButCase,
    #[error("is both a file and a folder; rename one of them")]
    FileAndFolder,
    #[error("has a path of more than {max} bytes (bundles.max_path); shorten it")]
    LongPath { max: usize },
    #[error("lies more than {max} parts deep (bundles.max_depth); move it up")]
    Deep { max: usize },
    #[error(
        "makes the bundle larger than {max} bytes (bundles.max_bytes); leave out what no environment needs"
    )]
    TooLarge { max: usize },
    #[error(
        "is one of more than {max} files and folders (bundles.max_entries); leave out what no environment needs"
    )]
    TooMany { max: usize },
}

impl EntryFault {
    /// Whether a limit of size or number is passed.
    #[must_use]
    pub const fn is_size(&self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::TooMany { .. })
    }
}
