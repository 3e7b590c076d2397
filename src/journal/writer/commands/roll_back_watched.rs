//! Rolls back a success whose watch turned bad.

use crate::journal::{
    Summary, WatchRollbackError,
    writer::{
        command::{Command, Decision},
        pending_batch::PendingBatch,
        write::WatchRollback,
    },
};

/// The end of a watch that turned bad, and the rollback that follows on it.
pub(in crate::journal) struct RollBackWatched(pub(in crate::journal) Box<WatchRollback>);

impl Command for RollBackWatched {
    type Done = Summary;
    type Error = WatchRollbackError;

    fn decide(self, batch: &mut PendingBatch<'_>) -> Decision<Summary, WatchRollbackError> {
        Decision::waiting(batch.roll_back_watched(*self.0))
    }
}
