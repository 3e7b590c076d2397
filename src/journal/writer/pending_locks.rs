//! How a pending batch changes locks.

use std::sync::Arc;

use boathook_core::record::{Event, Lock, LockEvent};

use crate::journal::{
    LockError,
    writer::{lock_error::LOCKS_MAX, pending_batch::PendingBatch, write::UnlockRequest},
};

impl PendingBatch<'_> {
    pub(in crate::journal) fn lock(&mut self, lock: Arc<Lock>) -> Result<Arc<Lock>, LockError> {
        let mut locks = self.live.locks(self.clock.now());
        if let Some(already) = locks.iter().find(|other| other.place() == lock.place()) {
            return Err(LockError::Already(Arc::clone(already)));
        }
        if locks.len() >= LOCKS_MAX {
            return Err(LockError::TooMany);
        }
        locks.push(Arc::clone(&lock));
        self.keep_locks(&lock, LockEvent::Locked(Arc::clone(&lock)).into(), locks);
        Ok(lock)
    }

    pub(in crate::journal) fn unlock(
        &mut self,
        release: UnlockRequest,
    ) -> Result<Arc<Lock>, LockError> {
        let UnlockRequest { place, by } = release;
        let mut locks = self.live.locks(self.clock.now());
        let Some(at) = locks.iter().position(|lock| lock.place() == place) else {
            return Err(LockError::NotLocked(place));
        };
        let lock = locks.remove(at);
        self.keep_locks(&lock, LockEvent::Unlocked { by, lock: Arc::clone(&lock) }.into(), locks);
        Ok(lock)
    }

    /// Expired locks are dropped as well.
    fn keep_locks(&mut self, lock: &Lock, event: Event, locks: Vec<Arc<Lock>>) {
        self.keep_alone(lock.id.clone(), event);
        self.live.set_locks(locks.clone());
        self.locks = Some(locks);
    }
}
