//! Retries a deployment.

use boathook_core::deployment::DeploymentId;
use serde::{Deserialize, Serialize};

use crate::journal::{
    Accepted, RetryError,
    writer::{
        command::{Command, Decision},
        pending_batch::PendingBatch,
        write::RetryRequest,
    },
};

/// Another attempt at a deployment that has ended, under a new id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::journal) struct Retry {
    pub(in crate::journal) id: DeploymentId,
    pub(in crate::journal) again: RetryRequest,
    pub(in crate::journal) queue_limit: usize,
}

impl Command for Retry {
    /// Always a new one.
    type Done = Accepted;
    type Error = RetryError;

    fn decide(self, batch: &mut PendingBatch<'_>) -> Decision<Accepted, RetryError> {
        let Self { id, again, queue_limit } = self;
        let result = batch.retry(id, again, queue_limit);
        let waits = result.as_ref().is_ok_and(|summary| batch.changes(&summary.id));
        Decision { result: result.map(Accepted::New), waits }
    }
}
