//! The results of commands to the journal. They travel through the inbox, but for a store's errors:
//! those are no decisions.

use std::sync::Arc;

use boathook_core::{
    deployment::{DeploymentId, Environment},
    proof::Withdrawal,
    record::{Lock, ServiceHold, Status},
    state::IllegalEvent,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::{StoreError, Summary, writer::whole_summary};

/// A request that has its place in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Accepted {
    /// It is a new deployment.
    New(#[serde(with = "whole_summary")] Summary),
    /// It was accepted before; nothing was written.
    Repeat(#[serde(with = "whole_summary")] Summary),
}

impl Accepted {
    /// The deployment, new or not.
    #[must_use]
    pub fn into_summary(self) -> Summary {
        match self {
            Self::New(summary) | Self::Repeat(summary) => summary,
        }
    }
}

/// Why a request was not accepted; nothing was recorded.
#[derive(Debug, Clone, thiserror::Error, Serialize, Deserialize)]
pub enum AcceptError {
    /// Something else was accepted under the same identity.
    #[error("deployment_id `{}` already means another request", existing.deployment_id)]
    Conflict {
        /// The deployment that has the identity.
        #[serde(with = "whole_summary")]
        existing: Box<Summary>,
    },
    /// A request for the same service that was made later has been accepted.
    #[error("deployment_id `{}` for the same service was requested later, at {requested_at}", newer.deployment_id)]
    Older {
        /// The request made later.
        #[serde(with = "whole_summary")]
        newer: Box<Summary>,
        /// When it was made, as its sender says.
        requested_at: Timestamp,
    },
    /// Its service is locked.
    #[error("{} is locked", .0.place())]
    Locked(Arc<Lock>),
    /// An operator rolled its service back.
    #[error("{0}")]
    Held(Arc<ServiceHold>),
    /// Its digest is withdrawn.
    #[error("{}", withdrawal.refusal())]
    Withdrawn { environment: Environment, withdrawal: Arc<Withdrawal> },
    /// The queue is full.
    #[error("the queue is full")]
    QueueFull,
    /// The journal cannot be read or written.
    #[error(transparent)]
    #[serde(skip)]
    Store(#[from] StoreError),
}

/// Why there is no new attempt; nothing was recorded.
#[derive(Debug, Clone, thiserror::Error, Serialize, Deserialize)]
pub enum RetryError {
    /// There is no such deployment.
    #[error("there is no deployment {0}")]
    Unknown(DeploymentId),
    /// It is still under way.
    #[error("the deployment is {}; only one that has ended can be retried", .0.words())]
    NotEnded(Status),
    /// It succeeded; there is nothing to retry.
    #[error("the deployment succeeded; send a new request to deploy the same image again")]
    Succeeded,
    /// Another attempt followed it.
    #[error("{newest} is a later attempt at the same request; retry that one")]
    NotNewest { newest: DeploymentId },
    /// An operator rolled it back to an earlier deployment.
    #[error("the deployment was a rollback; run `boathook rollback` again instead")]
    Rollback,
    /// An operator ordered what served then once more.
    #[error("the deployment was a redeploy; run `boathook redeploy` again instead")]
    Redeploy,
    /// It was a promotion, and its digest is withdrawn.
    #[error("{}", .0.refusal())]
    Withdrawn(Arc<Withdrawal>),
    /// The queue is full.
    #[error("the queue is full")]
    QueueFull,
    /// The journal cannot be read or written.
    #[error(transparent)]
    #[serde(skip)]
    Store(#[from] StoreError),
}

/// Why an event was not recorded.
#[derive(Debug, Clone, thiserror::Error, Serialize, Deserialize)]
pub enum AppendError {
    /// It cannot follow the events before it.
    #[error(transparent)]
    Illegal(#[from] IllegalEvent),
    /// There is no such deployment.
    #[error("there is no deployment {0}")]
    Unknown(DeploymentId),
    /// The journal cannot be read or written.
    #[error(transparent)]
    #[serde(skip)]
    Store(#[from] StoreError),
}
