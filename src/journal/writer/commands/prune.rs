//! Removes ended deployments.

use std::sync::Arc;

use crate::journal::{
    Prunable, StoreError,
    writer::{
        command::{Command, Decision},
        pending_batch::PendingBatch,
    },
};

/// Deployments that are not to be kept; the answer is how many of them were not.
pub(in crate::journal) struct Prune(pub(in crate::journal) Vec<Arc<Prunable>>);

impl Command for Prune {
    type Done = usize;
    type Error = StoreError;

    fn decide(self, batch: &mut PendingBatch<'_>) -> Decision<usize, StoreError> {
        Decision::waiting(Ok(batch.prune(self.0)))
    }
}
