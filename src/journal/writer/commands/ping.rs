//! Shows that the writer is at work.

use crate::journal::{
    StoreError,
    writer::{
        command::{Command, Decision},
        pending_batch::PendingBatch,
    },
};

/// Nothing: the writer answers once it comes to it.
pub(in crate::journal) struct Ping;

impl Command for Ping {
    type Done = ();
    type Error = StoreError;

    fn decide(self, _batch: &mut PendingBatch<'_>) -> Decision<(), StoreError> {
        Decision { result: Ok(()), waits: false }
    }
}
