//! Sets and ends locks.

use std::sync::Arc;

use boathook_core::record::Lock;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::{
    LockError,
    writer::{
        command::{Command, Decision},
        pending_batch::PendingBatch,
        write::UnlockRequest,
    },
};

/// A new lock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::journal) struct SetLock(pub(in crate::journal) Arc<Lock>);

/// A lock's end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::journal) struct Unlock(pub(in crate::journal) UnlockRequest);

impl Command for SetLock {
    type Done = Arc<Lock>;
    type Error = LockError;

    fn received(&mut self, now: Timestamp) {
        Arc::make_mut(&mut self.0).since = now;
    }

    fn decide(self, batch: &mut PendingBatch<'_>) -> Decision<Arc<Lock>, LockError> {
        Decision::waiting(batch.lock(self.0))
    }
}

impl Command for Unlock {
    type Done = Arc<Lock>;
    type Error = LockError;

    fn decide(self, batch: &mut PendingBatch<'_>) -> Decision<Arc<Lock>, LockError> {
        Decision::waiting(batch.unlock(self.0))
    }
}
