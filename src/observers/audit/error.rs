//! Why nothing could be added to the audit log. boathook retries, and continues to serve.

use std::{io, path::Path, path::PathBuf};

use crate::journal::StoreError;

/// Why nothing could be added to the audit log.
#[derive(Debug, thiserror::Error)]
pub(super) enum AuditError {
    /// An operation on a file failed.
    #[error("failed to {operation} `{}`", path.display())]
    File {
        /// The operation that failed.
        operation: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// An entry cannot be written as JSON.
    #[error("failed to write a line as JSON")]
    Line(#[from] serde_json::Error),
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] StoreError),
    /// The writing thread ended unexpectedly.
    #[error("the thread that writes the audit log stopped unexpectedly")]
    Stopped,
}

impl AuditError {
    /// For `map_err`: the operation failed on that file.
    pub(super) fn on(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { operation, path: path.to_owned(), source }
    }
}
