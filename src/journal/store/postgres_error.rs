//! Why a journal in PostgreSQL could not be opened, read or written.

use std::{path::PathBuf, time::Duration};

use crate::journal::{Cause, CopyMark};

/// Why a journal in PostgreSQL could not be opened, read or written. `place` is the schema and the
/// database, without the password.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PostgresError {
    /// The file of authorities cannot be used.
    #[error("failed to read the certificates in `{}` (state.postgres.ca)", path.display())]
    Authority { path: PathBuf, source: Cause },
    /// No authority can vouch for the server.
    #[error(
        "there is no certificate authority to verify the database with; name a file with one in state.postgres.ca"
    )]
    NoAuthority,
    /// The thread for the database cannot be started.
    #[error("failed to start the thread for the database")]
    Thread { source: Cause },
    /// There is no connection.
    #[error("failed to connect to {place}")]
    Unreachable { place: String, source: Cause },
    /// It did not answer in time.
    #[error("{place} did not answer within {} s", within.as_secs())]
    Silent { place: String, within: Duration },
    /// The server is too old.
    #[error("{place} is on PostgreSQL {found}, and boathook needs {least} or newer")]
    TooOld {
        place: String,
        found: i32,
        /// The oldest version that will do.
        least: i32,
    },
    /// Not every text can be stored.
    #[error("the database of {place} has the encoding {found}, and boathook needs UTF8")]
    Encoding { place: String, found: String },
    /// Another process has it.
    #[error("another boathook has the journal in {place} open: {holder}")]
    InUse {
        place: String,
        /// What the database knows of the other process.
        holder: String,
    },
    /// Another process has had it since.
    #[error(
        "another boathook writes the journal in {place} since; this one writes nothing any more"
    )]
    Deposed { place: String },
    /// Something else is in the schema.
    #[error(
        "{place} holds tables that are not a boathook journal; name another schema in state.postgres.schema"
    )]
    NotOurs { place: String },
    /// It is an unfinished copy, or was moved.
    #[error("{place} {mark}")]
    SetAside { place: String, mark: CopyMark },
    /// A later version wrote it.
    #[error(
        "the journal in {place} was written by a newer boathook (format {found}, and this one knows up to {known}); \
         run that version, or restore the backup made before it"
    )]
    Newer {
        place: String,
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// The connection broke at the end of a transaction, which was not kept.
    #[error("{place} was lost before it kept the last entries")]
    NotKept { place: String },
    /// A follower waited too long for an answer that the batch would have given.
    #[error(
        "a request was taken back in {place} before its answer was kept; nothing else was kept with it"
    )]
    TakenBack { place: String },
    /// Nobody knows whether the batch was kept.
    #[error("{place} has not answered whether it kept these entries")]
    Uncertain { place: String },
    /// Nobody knows yet whether the batch before was kept.
    #[error("{place} has not answered yet whether it kept the entries before these")]
    Waiting { place: String },
    /// The last batch was kept after all, and this process does not know what is in it.
    #[error(
        "{place} kept entries that it did not confirm in time; restart boathook, which then goes on from the record"
    )]
    Unread { place: String },
    /// The database refused it.
    #[error("failed to {operation} in {place}")]
    Refused {
        /// The operation that failed.
        operation: &'static str,
        place: String,
        source: Cause,
    },
}

impl PostgresError {
    /// Whether waiting may help, where the journal is to be opened.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Silent { .. } | Self::InUse { .. })
    }
}
