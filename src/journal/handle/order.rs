//! An operator's order that becomes a deployment: a request of its own, which no secret signed.

use std::sync::Arc;

use boathook_core::{
    deployment::{DeployRequest, DeploymentId, ExternalId, KeyUse},
    record::{Acceptance, Approvers, Origin},
};
use jiff::Timestamp;

use crate::journal::{
    AcceptError, Accepted, Journal, StoreError, Summary,
    handle::{new_id, new_token},
    writer::write::{RollbackEffects, WriteCommand},
};

/// Says in the record that no secret signed.
const SIGNED_BY: &str = "operator";

/// What an operator ordered.
pub(super) struct Order {
    /// What its identity begins with.
    pub(super) kind: &'static str,
    pub(super) request: DeployRequest,
    pub(super) origin: Origin,
    /// The deadline for its approvals, and whose it needs; none if it needs none.
    pub(super) approval: Option<(Timestamp, Approvers)>,
}

impl Journal {
    /// Accepts the order under an identity of its own, with its effects. What a sender may say only
    /// of their own request does not hold for it.
    pub(super) async fn accept_order(
        &self,
        order: Order,
        effects: impl FnOnce(
            &DeploymentId,
            &DeployRequest,
            Timestamp,
        ) -> Result<Option<RollbackEffects>, StoreError>,
        queue_limit: usize,
    ) -> Result<Summary, AcceptError> {
        let Order { kind, request, origin, approval } = order;
        let (approve_until, approvers) = approval.unzip();
        let id = new_id()?;
        let now = self.now();
        let deployment_id = ExternalId::parse(&format!("{kind}-{id}"))
            .expect("a word and an id are printable and short");
        let request = DeployRequest {
            deployment_id,
            timestamp: Some(now),
            traffic_split: Vec::new(),
            after_rollback: false,
            ..request
        };
        let rollback = effects(&id, &request, now)?;
        let acceptance = Arc::new(Acceptance {
            request,
            token: new_token()?,
            signed_by: SIGNED_BY.to_owned(),
            key_use: KeyUse::Deploy,
            delivery: None,
            client: None,
            attempt: 1,
            origin,
            approve_until,
            approvers: approvers.unwrap_or_default(),
            opens_at: None,
        });
        let accept = |reply| WriteCommand::Accept { id, acceptance, rollback, queue_limit, reply };
        match self.write(accept).await? {
            Accepted::New(summary) | Accepted::Repeat(summary) => Ok(summary),
        }
    }
}
