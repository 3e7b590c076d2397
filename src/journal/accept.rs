//! What may be answered to one who asks the journal to keep something.

use crate::{
    deployment::JobId,
    journal::{IllegalEvent, StoreError, Summary},
};

/// A request that has its place in the journal.
#[derive(Clone, Debug, PartialEq)]
pub enum Accepted {
    /// It is a new deployment.
    New(Summary),
    /// It was accepted before; nothing was written.
    Repeat(Summary),
}

/// Why a request was not accepted; nothing of it is kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AcceptError {
    /// Something else was accepted under the same identity.
    #[error("deployment_id `{}` already means another request", existing.deployment_id)]
    Conflict {
        /// The deployment that has the identity.
        existing: Box<Summary>,
    },
    /// As many deployments wait as may.
    #[error("the queue is full")]
    QueueFull,
    /// The journal cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an event was not recorded; nothing of it is kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// It cannot follow on what was recorded before.
    #[error(transparent)]
    Illegal(#[from] IllegalEvent),
    /// There is no such deployment.
    #[error("there is no deployment {0}")]
    Unknown(JobId),
    /// The journal cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}
