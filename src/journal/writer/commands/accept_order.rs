//! Accepts an operator's order.

use std::sync::Arc;

use boathook_core::{deployment::DeploymentId, record::Acceptance};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::{
    Accepted,
    writer::{
        command::{Command, Decision},
        commands::accept::is_about_change,
        order_error::OrderError,
        pending_batch::PendingBatch,
        write::RollbackEffects,
    },
};

/// An order, under a new id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::journal) struct AcceptOrder {
    pub(in crate::journal) id: DeploymentId,
    pub(in crate::journal) acceptance: Arc<Acceptance>,
    /// The last success of the service that it was worked out from, maybe some time ago; none if there
    /// was none.
    pub(in crate::journal) last_success: Option<DeploymentId>,
    /// What a rollback does besides.
    pub(in crate::journal) rollback: Option<RollbackEffects>,
    pub(in crate::journal) queue_limit: usize,
}

impl Command for AcceptOrder {
    type Done = Accepted;
    type Error = OrderError;

    fn request(&self) -> Option<&Acceptance> {
        Some(&self.acceptance)
    }

    fn received(&mut self, now: Timestamp) {
        if let Some(RollbackEffects { holds, withdraws }) = &mut self.rollback {
            Arc::make_mut(holds).since = now;
            if let Some(withdrawal) = withdraws {
                Arc::make_mut(withdrawal).since = now;
            }
        }
    }

    fn decide(self, batch: &mut PendingBatch<'_>) -> Decision<Accepted, OrderError> {
        let result = batch.accept_order(self);
        let waits = match &result {
            Ok(accepted) => is_about_change(batch, Ok(accepted)),
            Err(OrderError::Accept(refusal)) => is_about_change(batch, Err(refusal)),
            Err(OrderError::Changed { .. }) => true,
        };
        Decision { result, waits }
    }
}
