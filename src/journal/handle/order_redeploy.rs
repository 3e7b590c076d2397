//! An operator's redeploy: a new deployment of the digest that serves, with the manifests as they
//! are when it begins.

use boathook_core::{
    deployment::{Actor, DeployRequest, DeploymentId, Environment, ImageRef, ServiceKey},
    record::{Approvers, Origin},
    state::{Deployment, State},
};
use jiff::Timestamp;
use serde_json::Map;

use crate::journal::{
    AcceptError, Journal, StoreError, Success, Summary, handle::order::Order,
    writer::order_error::OrderError,
};

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
    /// It would have deployed what does not serve any more.
    #[error(
        "another deployment of {0} to {1} has succeeded at this moment; see what serves now, and order it again"
    )]
    Changed(ServiceKey, Environment),
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
    /// What waits for an approval or a window, and goes on waiting: a redeploy does not take its
    /// place.
    pub waiting: Vec<DeploymentId>,
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
    /// When the deployment window opens that it waits for; none if it may begin.
    pub opens_at: Option<Timestamp>,
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
        let live = self.live();
        let same = live.iter().filter(|(_, one)| {
            let request = &one.acceptance.request;
            request.environment == environment && request.service() == *service
        });
        let standing = |wanted: Beside| {
            let those = same.clone().filter(|(_, one)| Beside::of(one) == Some(wanted));
            those.map(|(id, _)| id.clone()).collect()
        };
        let before = standing(Beside::Before);
        let waiting = standing(Beside::Waiting);
        Ok(Redeployable { serves, request, before, waiting })
    }

    /// Starts a redeploy.
    pub async fn order_redeploy(
        &self,
        order: RedeployOrder,
        queue_limit: usize,
    ) -> Result<Summary, RedeployError> {
        let RedeployOrder { request, of, by, approval, opens_at } = order;
        let last_success = Some(of.clone());
        let origin = Origin::Redeploy { of, by };
        let order = Order { kind: "redeploy", request, origin, approval, opens_at };
        Ok(self.accept_order(order, last_success, |_, _, _| Ok(None), queue_limit).await?)
    }
}

impl From<OrderError> for RedeployError {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Changed { environment, service } => Self::Changed(service, environment),
            OrderError::Accept(error) => Self::Accept(error),
        }
    }
}

/// How another deployment of the service stands to a redeploy.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Before,
    Waiting,
}

impl Beside {
    /// None for what gives way to it, such as an earlier redeploy, or has ended.
    fn of(deployment: &Deployment) -> Option<Self> {
        let is_redeploy = matches!(deployment.acceptance.origin, Origin::Redeploy { .. });
        match deployment.state {
            State::AwaitingApproval { .. } | State::AwaitingWindow { .. } => {
                (!is_redeploy).then_some(Self::Waiting)
            }
            State::Queued => (!is_redeploy).then_some(Self::Before),
            State::Planning(_)
            | State::Deploying(_)
            | State::RollingBack(..)
            | State::Closing(_) => Some(Self::Before),
            State::Ended(_) => None,
        }
    }
}
