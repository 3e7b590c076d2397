//! An operator's redeploy: a new deployment of the digest that serves, with the manifests as they
//! are when it begins.

use boathook_core::{
    deployment::{Actor, DeployRequest, DeploymentId, Environment, ImageRef, ServiceKey},
    record::{Acceptance, Approvers, Origin},
    state::{Deployment, State},
};
use jiff::Timestamp;
use serde_json::Map;

use crate::journal::{AcceptError, Journal, StoreError, Success, Summary, handle::order::Order};

/// Why there is no redeploy; nothing was recorded.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RedeployError {
    /// The journal knows of no success.
    #[error(
        "no deployment of {0} to {1} has succeeded yet, so nothing is known to redeploy; send a request for an image instead"
    )]
    NothingServed(ServiceKey, Environment),
    /// The image was deployed by its tag, and neither the node nor Knative named its digest.
    #[error(
        "the record does not know which digest of {0} serves, and its tag may have moved; send a request for the image instead"
    )]
    NoDigest(ImageRef),
    /// It was not accepted.
    #[error(transparent)]
    Accept(#[from] AcceptError),
    /// The journal cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What serves by the record, and the request that deploys it again.
#[derive(Clone, Debug)]
pub struct Redeployable {
    pub serves: Success,
    pub request: DeployRequest,
    /// What has its turn before the redeploy: it may bring another image.
    pub before: Vec<DeploymentId>,
}

/// An operator's order.
#[derive(Clone, Debug)]
pub struct RedeployOrder {
    pub request: DeployRequest,
    /// What left the image serving.
    pub of: DeploymentId,
    /// The operator.
    pub by: Actor,
    /// The deadline for its approvals, and whose it needs; none if it needs none.
    pub approval: Option<(Timestamp, Approvers)>,
}

impl Journal {
    /// What a redeploy of the service would deploy. Who triggered the earlier deployment, and what
    /// its sender asked for besides the image and its strategy, says nothing about the new one.
    pub async fn to_redeploy(
        &self,
        environment: Environment,
        service: &ServiceKey,
    ) -> Result<Redeployable, RedeployError> {
        let nothing = || RedeployError::NothingServed(service.clone(), environment);
        let serves = self.last_success(environment, service).await?.ok_or_else(nothing)?;
        if serves.image.digest().is_none() {
            return Err(RedeployError::NoDigest(serves.image));
        }
        let deployment = self.deployment(&serves.deployment).await?.ok_or_else(nothing)?;
        let request = DeployRequest {
            image: serves.image.clone(),
            triggered_by: None,
            auto_promotion: false,
            promoted_from: None,
            confirmation: None,
            allow_older: false,
            approval: false,
            extra: Map::new(),
            ..deployment.acceptance.request.clone()
        };
        let is_before = |one: &Deployment| {
            let Acceptance { request, origin, .. } = &*one.acceptance;
            let gives_way = match one.state {
                State::AwaitingApproval { .. } | State::AwaitingWindow { .. } | State::Ended(_) => {
                    true
                }
                State::Queued => matches!(origin, Origin::Redeploy { .. }),
                State::Planning(_)
                | State::Deploying(_)
                | State::RollingBack(..)
                | State::Closing(_) => false,
            };
            request.environment == environment && request.service() == *service && !gives_way
        };
        let live = self.live();
        let before = live.iter().filter(|(_, one)| is_before(one)).map(|(id, _)| id.clone());
        Ok(Redeployable { serves, request, before: before.collect() })
    }

    /// Starts a redeploy.
    pub async fn order_redeploy(
        &self,
        order: RedeployOrder,
        queue_limit: usize,
    ) -> Result<Summary, AcceptError> {
        let RedeployOrder { request, of, by, approval } = order;
        let origin = Origin::Redeploy { of, by };
        let order = Order { kind: "redeploy", request, origin, approval };
        self.accept_order(order, |_, _, _| Ok(None), queue_limit).await
    }
}
