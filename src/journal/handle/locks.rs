//! Sets and ends locks, and lists those that hold.

use std::sync::Arc;

use boathook_core::{
    deployment::{Actor, Environment, ServiceKey},
    record::{Lock, Place},
};
use jiff::Timestamp;

use crate::journal::{
    Journal, LockError,
    store::new_id,
    writer::{
        commands::{SetLock, Unlock},
        write::UnlockRequest,
    },
};

impl Journal {
    /// Refuses new requests there from now on, until the lock expires or is ended. `by` is the
    /// operator. A request that is accepted later is refused; one that was accepted before is not
    /// affected, unless it waits for a deployment window.
    pub async fn lock(
        &self,
        place: Place,
        reason: String,
        by: Actor,
        until: Option<Timestamp>,
    ) -> Result<Arc<Lock>, LockError> {
        let Place { environment, service } = place;
        let lock =
            Lock { id: new_id()?, environment, service, reason, by, since: self.now(), until };
        self.write(SetLock(Arc::new(lock))).await
    }

    /// Ends the lock of that place, and returns it.
    pub async fn unlock(&self, place: Place, by: Actor) -> Result<Arc<Lock>, LockError> {
        self.write(Unlock(UnlockRequest { place, by })).await
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
