//! Why a record was not copied.

use crate::journal::{CopyMark, StoreError};

/// Why a record was not copied. Places are named without passwords.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Both are the same.
    #[error("{place} is named twice; name two different places")]
    Same { place: String },
    /// There is nothing to copy.
    #[error("there is no record in {place}")]
    NoRecord { place: String },
    /// An earlier or a later version wrote it.
    #[error(
        "the record in {place} has format {found}, and this boathook copies format {needed} alone; start this version on it once, which migrates it (on a file: without state.postgres)"
    )]
    Format { place: String, found: u32, needed: u32 },
    /// It must not be used.
    #[error("{place} {mark}")]
    Source { place: String, mark: CopyMark },
    /// It went there before, and nothing was done now.
    #[error("the record in {from} was moved to {to} already; nothing was done")]
    AlreadyMoved { from: String, to: String },
    /// There is a record already.
    #[error(
        "there is a record in {place} already; move the file away, drop the schema, or name another place"
    )]
    NotEmpty { place: String },
    /// There is an unfinished copy of something else.
    #[error(
        "{place} is an unfinished copy of {from}; copy from there again, or move the file away, drop the schema, or name another place"
    )]
    OfAnother { place: String, from: String },
    /// There is what is left of a record.
    #[error(
        "{place} holds a record that was moved to {to}; move the file away, drop the schema, or name another place"
    )]
    LeftOver { place: String, to: String },
    /// What was read back differs.
    #[error(
        "{to} does not hold the same as {from} ({what}); nothing was moved, and the copy is left unfinished"
    )]
    Differs {
        from: String,
        to: String,
        /// The first difference.
        what: String,
    },
    /// The source cannot be read, or not be marked.
    #[error("failed to copy from {place}")]
    From {
        place: String,
        #[source]
        error: StoreError,
    },
    /// The target cannot be written or read.
    #[error("failed to copy to {place}")]
    To {
        place: String,
        #[source]
        error: StoreError,
    },
}
