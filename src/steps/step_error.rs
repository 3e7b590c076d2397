//! Why a step did not succeed.

use std::sync::Arc;

use boathook_core::{deployment::Requester, proof::Withdrawal};

use crate::cluster::ClusterError;

/// Why a step did not end well.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// It failed, or found something bad.
    #[error("{0}")]
    Failed(String),
    /// Someone else changed the service.
    #[error("{0}")]
    Conflict(String),
    /// Policy refuses it: why, and what to do.
    #[error("{0}")]
    Refused(String),
    /// Its digest was withdrawn.
    #[error("{}", .0.without_user().refusal())]
    Withdrawn(Arc<Withdrawal>),
    /// An operator or a newer request aborted it.
    #[error("aborted by {0}")]
    Aborted(Requester),
    /// boathook is stopping; the step has no result.
    #[error("boathook is stopping")]
    Interrupted,
}

impl StepError {
    pub(crate) fn failed(reason: impl Into<String>) -> Self {
        Self::Failed(reason.into())
    }
}

impl From<ClusterError> for StepError {
    fn from(error: ClusterError) -> Self {
        use std::error::Error as _;
        let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        Self::Failed(format!("{error}{source}"))
    }
}
