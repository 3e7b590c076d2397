//! Why logs could not be compared.

use std::path::{Path, PathBuf};

use crate::observers::audit::{Flaw, VerifyError};

/// Why logs could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// Something is wrong with one of them.
    #[error("the audit log in `{}` is not whole: {flaw}", path.display())]
    Flawed { path: PathBuf, flaw: Flaw },
    /// One of them cannot be read.
    #[error(transparent)]
    Unreadable(#[from] VerifyError),
}

impl CompareError {
    /// The log in that directory is not verified.
    pub(super) fn of(directory: &Path, error: VerifyError) -> Self {
        match error {
            VerifyError::Flawed(flaw) => Self::Flawed { path: directory.to_owned(), flaw },
            other => other.into(),
        }
    }
}
