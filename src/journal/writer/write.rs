//! What commands consist of, as it also travels through the inbox.

use std::sync::Arc;

use boathook_core::{
    deployment::{Actor, DeploymentId, Environment, ServiceKey, Token},
    proof::Withdrawal,
    record::{Acceptance, Event, Place, ServiceHold, WatchEvent},
    state::Deployment,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The event that follows on the state of a deployment, if one does; decided within the commit, so
/// that nothing comes between.
pub type FollowUp = fn(&Deployment) -> Option<Event>;

/// An event that may be written later than it happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatedEvent {
    pub at: Timestamp,
    pub event: Event,
}

/// The deployment to retry, and who asked for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::journal) struct RetryRequest {
    pub(in crate::journal) of: DeploymentId,
    pub(in crate::journal) by: Actor,
    pub(in crate::journal) opens_at: Option<Timestamp>,
    pub(in crate::journal) token: Token,
}

/// What an operator's rollback does besides deploying.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::journal) struct ReleaseRequest {
    pub(in crate::journal) environment: Environment,
    pub(in crate::journal) service: ServiceKey,
    pub(in crate::journal) by: Actor,
}

/// The lock to remove, and who asked for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::journal) struct UnlockRequest {
    pub(in crate::journal) place: Place,
    pub(in crate::journal) by: Actor,
}
