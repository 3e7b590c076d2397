//! Locks: new requests for an environment, or for one service in it, are refused.
//!
//! They refuse new requests only. Deployments that were accepted before continue, and an operator's commands are never refused.

use std::{fmt, sync::Arc};

use boathook_core::deployment::{Actor, DeploymentId, Environment, ServiceKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::{
    Journal, StoreError,
    journal::new_id,
    write::{UnlockRequest, WriteCommand},
};

/// The maximum number of locks at the same time.
pub(super) const LOCKS_MAX: usize = 200;

/// A lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Its own id, in the form of a deployment's.
    pub id: DeploymentId,
    pub environment: Environment,
    /// For this service only; otherwise for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceKey>,
    /// Why, in the operator's words.
    pub reason: String,
    pub by: String,
    /// Since when.
    pub since: Timestamp,
    /// When it ends by itself; otherwise someone has to end it.
    pub until: Option<Timestamp>,
}

/// Why a lock was not set or not ended; nothing was changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LockError {
    #[error("{} is locked already {}: {}; end that lock first with `boathook unlock`", .0.place(), .0.terms(), .0.reason)]
    Already(Arc<Lock>),
    /// There is none.
    #[error("{0} is not locked; see `boathook locks`")]
    NotLocked(Place),
    /// There are too many locks.
    #[error("there are {LOCKS_MAX} locks already; end some with `boathook unlock`")]
    TooMany,
    /// The journal cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a lock covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub environment: Environment,
    /// The one locked service; none if the whole environment is locked.
    pub service: Option<ServiceKey>,
}

impl Lock {
    #[must_use]
    pub fn place(&self) -> Place {
        Place { environment: self.environment, service: self.service.clone() }
    }

    /// By whom, since when and until when, as text.
    #[must_use]
    pub fn terms(&self) -> String {
        let end = self.until.map_or_else(|| "someone ends it".to_owned(), timestamp);
        format!("by {} since {}, until {end}", self.by, timestamp(self.since))
    }

    /// Whether it has not expired at `now`.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    pub(super) fn covers(&self, environment: Environment, service: &ServiceKey) -> bool {
        self.environment == environment && self.service.as_ref().is_none_or(|locked| locked == service)
    }
}

fn timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.service {
            None => write!(f, "{}", self.environment),
            Some(service) => write!(f, "{service} in {}", self.environment),
        }
    }
}

impl Journal {
    /// Refuses new requests there from now on, until the lock expires or is ended. `by` is the operator. A request that is accepted later
    /// is refused; one that was accepted before is not affected.
    pub async fn lock(&self, place: Place, reason: String, by: String, until: Option<Timestamp>) -> Result<Arc<Lock>, LockError> {
        let Place { environment, service } = place;
        let lock = Lock { id: new_id()?, environment, service, reason, by, since: self.now(), until };
        self.write(|reply| WriteCommand::Lock { lock: Arc::new(lock), reply }).await
    }

    /// Ends the lock of that place, and returns it.
    pub async fn unlock(&self, place: Place, by: Actor) -> Result<Arc<Lock>, LockError> {
        self.write(|reply| WriteCommand::Unlock { release: UnlockRequest { place, by }, reply }).await
    }

    /// The locks that hold, in the order in which they were set.
    #[must_use]
    pub fn locks(&self) -> Vec<Arc<Lock>> {
        self.shared.live().locks(self.now())
    }

    /// The lock that a request for the service would find.
    #[must_use]
    pub fn lock_on(&self, environment: Environment, service: &ServiceKey) -> Option<Arc<Lock>> {
        self.locks().into_iter().find(|lock| lock.covers(environment, service))
    }
}
