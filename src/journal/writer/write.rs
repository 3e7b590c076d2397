//! One thing to be written, and how its caller hears of it.

use std::sync::Arc;

use boathook_core::{
    deployment::{Actor, DeploymentId, Digest, Environment, ServiceKey, Token},
    record::{Acceptance, Event, Lock, Place, Record, ServiceHold, WatchEvent, Withdrawal},
    state::Deployment,
};
use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::journal::{
    AcceptError, Accepted, AppendError, LockError, PackedBundle, Prunable, ReleaseError,
    RetryError, StoreError, Summary, WatchRollbackError, WithdrawalError, Withdrawn,
};

/// The event that follows on the state of a deployment, if one does; decided within the commit, so
/// that nothing comes between.
pub type FollowUp = fn(&Deployment) -> Option<Event>;

/// An event that may be written later than it happened.
#[derive(Clone)]
pub struct DatedEvent {
    pub at: Timestamp,
    pub event: Event,
}

/// One thing to be written.
pub(in crate::journal) enum WriteCommand {
    /// A request, under a new id.
    Accept {
        id: DeploymentId,
        acceptance: Arc<Acceptance>,
        /// The manifests that it brings.
        bundle: Option<PackedBundle>,
        /// What an operator's rollback does besides.
        rollback: Option<RollbackEffects>,
        queue_limit: usize,
        reply: oneshot::Sender<Result<Accepted, AcceptError>>,
    },
    /// Another attempt at a deployment that has ended, under a new id.
    Retry {
        id: DeploymentId,
        again: RetryRequest,
        queue_limit: usize,
        reply: oneshot::Sender<Result<Summary, RetryError>>,
    },
    /// Events of a deployment, all or none of them; the answer has the one that follows on them too.
    Append {
        id: DeploymentId,
        events: Vec<DatedEvent>,
        follow_up: Option<FollowUp>,
        reply: oneshot::Sender<Result<Vec<Arc<Record>>, AppendError>>,
    },
    /// The end of a watch that turned bad, and the rollback that follows on it.
    RollBackWatched {
        rollback: Box<WatchRollback>,
        reply: oneshot::Sender<Result<Summary, WatchRollbackError>>,
    },
    Lock {
        lock: Arc<Lock>,
        reply: oneshot::Sender<Result<Arc<Lock>, LockError>>,
    },
    /// A lock's end.
    Unlock {
        release: UnlockRequest,
        reply: oneshot::Sender<Result<Arc<Lock>, LockError>>,
    },
    Release {
        request: ReleaseRequest,
        reply: oneshot::Sender<Result<Arc<ServiceHold>, ReleaseError>>,
    },
    Withdraw {
        digest: Digest,
        by: Actor,
        reply: oneshot::Sender<Result<Withdrawn, WithdrawalError>>,
    },
    Reinstate {
        digest: Digest,
        by: Actor,
        reply: oneshot::Sender<Result<Arc<Withdrawal>, WithdrawalError>>,
    },
    /// How far a source has been read; without a position, it is forgotten.
    KeepCursor {
        source: String,
        position: Option<u64>,
        reply: oneshot::Sender<Result<(), StoreError>>,
    },
    /// Deployments that are not to be kept; the answer is how many of them were not.
    Prune {
        these: Vec<Arc<Prunable>>,
        reply: oneshot::Sender<Result<usize, StoreError>>,
    },
    /// Nothing: the writer answers once it comes to it.
    Ping {
        reply: oneshot::Sender<Result<(), StoreError>>,
    },
}

/// The deployment to retry, and who asked for it.
pub(in crate::journal) struct RetryRequest {
    pub(in crate::journal) of: DeploymentId,
    pub(in crate::journal) by: Actor,
    pub(in crate::journal) opens_at: Option<Timestamp>,
    pub(in crate::journal) token: Token,
}

/// What an operator's rollback does besides deploying.
pub(in crate::journal) struct RollbackEffects {
    pub(in crate::journal) holds: Arc<ServiceHold>,
    pub(in crate::journal) withdraws: Option<Arc<Withdrawal>>,
}

/// A rollback after a bad watch.
pub(in crate::journal) struct WatchRollback {
    pub(in crate::journal) id: DeploymentId,
    pub(in crate::journal) acceptance: Arc<Acceptance>,
    /// The success that turned bad, and what is recorded of it.
    pub(in crate::journal) of: DeploymentId,
    pub(in crate::journal) ends: WatchEvent,
    pub(in crate::journal) withdraws: Option<Arc<Withdrawal>>,
}

/// The service to release, and who asked for it.
pub(in crate::journal) struct ReleaseRequest {
    pub(in crate::journal) environment: Environment,
    pub(in crate::journal) service: ServiceKey,
    pub(in crate::journal) by: Actor,
}

/// The lock to remove, and who asked for it.
pub(in crate::journal) struct UnlockRequest {
    pub(in crate::journal) place: Place,
    pub(in crate::journal) by: Actor,
}

/// Answers the caller, once it is known whether the batch is on disk.
pub(super) type Answer = Box<dyn FnOnce(&Result<(), StoreError>) + Send>;

/// Answers with the result; where the answer `waits` for the disk, only if the batch is there.
pub(in crate::journal) fn answer<T, E>(
    reply: oneshot::Sender<Result<T, E>>,
    result: Result<T, E>,
    waits: bool,
) -> Answer
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    Box::new(move |written| {
        let result = match written {
            Err(error) if waits => Err(error.clone().into()),
            Ok(()) | Err(_) => result,
        };
        // A caller that has gone away needs no answer.
        let _ = reply.send(result);
    })
}
