//! Why a look at a repository's deployments came to nothing.

use crate::{github::GitHubError, journal::StoreError, observers::metrics::PollResult};

/// Why a look came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum PollError {
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    #[error("failed to keep in the journal how far the repository was read")]
    Journal(#[from] StoreError),
    /// boathook could not take a deployment now.
    #[error("boathook cannot take deployment {0} now")]
    NotNow(u64),
}

impl PollError {
    pub(super) const fn result(&self) -> PollResult {
        match self {
            Self::GitHub(GitHubError::Limited(_)) => PollResult::Limited,
            Self::GitHub(_) | Self::Journal(_) | Self::NotNow(_) => PollResult::Failed,
        }
    }
}
