//! Remembers how far a source has been read.

use crate::journal::{
    StoreError,
    writer::{
        command::{Command, Decision},
        pending_batch::PendingBatch,
    },
};

/// How far a source has been read; without a position, it is forgotten.
pub(in crate::journal) struct KeepCursor {
    pub(in crate::journal) source: String,
    pub(in crate::journal) position: Option<u64>,
}

impl Command for KeepCursor {
    type Done = ();
    type Error = StoreError;

    fn decide(self, batch: &mut PendingBatch<'_>) -> Decision<(), StoreError> {
        batch.keep_cursor(self.source, self.position);
        Decision::waiting(Ok(()))
    }
}
