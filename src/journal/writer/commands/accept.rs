//! Accepts a request.

use std::sync::Arc;

use boathook_core::{deployment::DeploymentId, record::Acceptance};
use serde::{Deserialize, Serialize};

use crate::journal::{
    AcceptError, Accepted, PackedBundle,
    writer::{
        command::{Command, Decision},
        pending_batch::PendingBatch,
    },
};

/// A request, under a new id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::journal) struct Accept {
    pub(in crate::journal) id: DeploymentId,
    pub(in crate::journal) acceptance: Arc<Acceptance>,
    /// The manifests that it brings.
    pub(in crate::journal) bundle: Option<PackedBundle>,
    pub(in crate::journal) queue_limit: usize,
}

impl Command for Accept {
    type Done = Accepted;
    type Error = AcceptError;

    fn request(&self) -> Option<&Acceptance> {
        Some(&self.acceptance)
    }

    fn decide(self, batch: &mut PendingBatch<'_>) -> Decision<Accepted, AcceptError> {
        let Self { id, acceptance, bundle, queue_limit } = self;
        let result = batch.accept(id, acceptance, queue_limit);
        if matches!(result, Ok(Accepted::New(_))) {
            batch.keep_bundle(bundle);
        }
        let waits = is_about_change(batch, result.as_ref());
        Decision { result, waits }
    }
}

/// Whether the batch changes what the answer is about.
pub(super) fn is_about_change(
    batch: &PendingBatch<'_>,
    result: Result<&Accepted, &AcceptError>,
) -> bool {
    match result {
        Ok(Accepted::New(summary) | Accepted::Repeat(summary)) => batch.changes(&summary.id),
        Err(
            AcceptError::Conflict { existing: known } | AcceptError::Older { newer: known, .. },
        ) => batch.changes(&known.id),
        Err(AcceptError::Locked(_)) => batch.locks.is_some(),
        Err(AcceptError::Held(_)) => batch.holds.is_some(),
        Err(AcceptError::Withdrawn { .. }) => !batch.withdrawals.is_empty(),
        Err(AcceptError::QueueFull | AcceptError::Store(_)) => false,
    }
}
