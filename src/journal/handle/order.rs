//! An order that becomes a deployment, an operator's or boathook's own: a request of its own, which no
//! secret signed.

use std::sync::Arc;

use boathook_core::{
    deployment::{DeployRequest, DeploymentId, ExternalId, KeyUse},
    record::{Acceptance, Approvers, Origin, RequestSource},
};
use jiff::Timestamp;

use crate::journal::{
    Journal, StoreError, Summary,
    store::{new_id, new_token},
    writer::{commands::AcceptOrder, order_error::OrderError, write::RollbackEffects},
};

/// Say in the record that no secret signed.
const OPERATOR: &str = "operator";
const BOATHOOK: &str = "boathook";

/// What was ordered.
pub(super) struct Order {
    /// What its identity begins with.
    pub(super) kind: &'static str,
    pub(super) request: DeployRequest,
    pub(super) origin: Origin,
    /// The deadline for its approvals, and whose it needs; none if it needs none.
    pub(super) approval: Option<(Timestamp, Approvers)>,
    /// When the deployment window opens that it waits for; none if it may begin.
    pub(super) opens_at: Option<Timestamp>,
}

impl Journal {
    /// Accepts the order under an identity of its own, with its effects, if the last success of the
    /// service is still that one. What a sender may say only of their own request does not hold for it;
    /// its manifests are found when it is planned.
    pub(super) async fn accept_order(
        &self,
        order: Order,
        last_success: Option<DeploymentId>,
        effects: impl FnOnce(
            &DeploymentId,
            &DeployRequest,
            Timestamp,
        ) -> Result<Option<RollbackEffects>, StoreError>,
        queue_limit: usize,
    ) -> Result<Summary, OrderError> {
        let now = self.now();
        let (id, acceptance) = ordered(order, now)?;
        let rollback = effects(&id, &acceptance.request, now)?;
        let order = AcceptOrder { id, acceptance, last_success, rollback, queue_limit };
        Ok(self.write(order).await?.into_summary())
    }
}

/// The order as a request of its own, under a new id.
pub(super) fn ordered(
    order: Order,
    now: Timestamp,
) -> Result<(DeploymentId, Arc<Acceptance>), StoreError> {
    let Order { kind, request, origin, approval, opens_at } = order;
    let (approve_until, approvers) = approval.unzip();
    let signed_by = if origin.after_watch().is_some() { BOATHOOK } else { OPERATOR };
    let id = new_id()?;
    let deployment_id = ExternalId::parse(&format!("{kind}-{id}"))
        .expect("a word and an id are printable and short");
    let request = DeployRequest {
        deployment_id,
        timestamp: Some(now),
        traffic_split: Vec::new(),
        after_rollback: false,
        manifests: None,
        ..request
    };
    let acceptance = Arc::new(Acceptance {
        request,
        token: new_token()?,
        signed_by: signed_by.to_owned(),
        key_use: KeyUse::Deploy,
        identity: None,
        delivery: None,
        source: RequestSource::Listener,
        client: None,
        attempt: 1,
        origin,
        approve_until,
        approvers: approvers.unwrap_or_default(),
        opens_at,
    });
    Ok((id, acceptance))
}
