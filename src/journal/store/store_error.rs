//! Why the journal could not be opened, read or written.

use std::{error::Error, path::PathBuf, sync::Arc};

use boathook_core::{deployment::DeploymentId, state::IllegalEvent};

use crate::journal::{Cause, CopyMark, PostgresError};

/// Why the journal could not be opened, read or written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The file or its directory cannot be reached.
    #[error("failed to open the journal `{}`", path.display())]
    Open { path: PathBuf, source: Cause },
    /// The file is something else.
    #[error("`{}` is not a boathook journal; name another state directory, or move the file away", path.display())]
    NotOurs { path: PathBuf },
    /// The file was written by a later version.
    #[error(
        "the journal `{}` was written by a newer boathook (format {found}, and this one knows up to {known}); \
         run that version, or put back the backup made before it",
        path.display()
    )]
    Newer {
        path: PathBuf,
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// The file was written by a build before the first release.
    #[error(
        "the journal `{}` was written by a build before the first release (format {found}), which this boathook cannot read; \
         name another state directory, or move the file away",
        path.display()
    )]
    Older { path: PathBuf, found: u32 },
    /// The file may be read but not written.
    #[error("the journal `{}` is read-only; boathook's user must be able to write it and its directory", path.display())]
    ReadOnly { path: PathBuf },
    /// Another process has it.
    #[error("another boathook has the journal `{}` open; two cannot share one state directory", path.display())]
    InUse { path: PathBuf },
    /// The record was moved, and not to the database that is to be used.
    #[error(
        "there is no record in {place}, and the one in `{}` was moved to {to}: name that database in state.postgres, \
         or move the file away to begin a new record",
        path.display()
    )]
    MovedElsewhere { place: String, path: PathBuf, to: String },
    /// It is an unfinished copy, or was moved.
    #[error("{place} {mark}")]
    SetAside { place: String, mark: CopyMark },
    /// The database refused it.
    #[error("failed to {operation}")]
    Failed {
        /// The operation that failed.
        operation: &'static str,
        source: Cause,
    },
    /// The events of a deployment cannot have happened in that order.
    #[error("the stored record of deployment {id} is inconsistent")]
    Broken { id: DeploymentId, source: IllegalEvent },
    /// The journal is in PostgreSQL, and that is why.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// No boathook that leads has answered, and the request was taken back.
    #[error("no answer of the boathook that leads came in time")]
    NoAnswer,
    /// Too much waits for the boathook that leads already.
    #[error("too many requests wait for the boathook that leads")]
    InboxFull,
    /// A request is larger than any that travels.
    #[error("the request is larger than the {max} bytes that a boathook that follows may hand on")]
    TooLarge {
        /// In bytes.
        max: usize,
    },
    /// The manifests of a request hold Secrets, which never leave their node.
    #[error("manifests with Secrets stay on their node, and this boathook follows another one")]
    HoldsSecrets,
    /// The database does not say what became of a request.
    #[error("it is not known whether the boathook that leads has decided this")]
    Unanswered,
    /// The boathook that leads answered in a way that this one does not understand.
    #[error("the boathook that leads gave an answer that this version cannot read")]
    UnknownAnswer { source: Cause },
    /// Another boathook writes the record.
    #[error("this boathook follows another one, which writes the record")]
    Follows,
    /// The thread that writes or reads ended unexpectedly.
    #[error("the journal's thread stopped before it answered")]
    Stopped,
}

impl StoreError {
    /// Whether what was to be written may have been written all the same.
    #[must_use]
    pub const fn is_uncertain(&self) -> bool {
        matches!(
            self,
            Self::Postgres(PostgresError::Uncertain { .. })
                | Self::Unanswered
                | Self::UnknownAnswer { .. }
        )
    }

    /// An operation that the database refused.
    pub(crate) fn failed(
        operation: &'static str,
        cause: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self::Failed { operation, source: Arc::new(cause) }
    }
}
