//! An operator's rollback: a new deployment that returns to the revision of an earlier one. It
//! withdraws the digest that it takes out of service, and holds the service.

use std::sync::Arc;

use boathook_core::{
    deployment::{
        Actor, DeployRequest, DeploymentId, Digest, Environment, RevisionName, ServiceKey, Strategy,
    },
    proof::{Withdrawal, WithdrawalCause},
    record::{KeepsOut, Origin, Place, ServiceHold},
    state::Deployment,
};
use jiff::Timestamp;
use serde::Serialize;

use crate::journal::{
    AcceptError, Journal, StoreError, Success, Summary,
    handle::order::Order,
    store::new_id,
    writer::{order_error::OrderError, write::RollbackEffects},
};

/// Why there is no rollback; nothing was recorded.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RollbackError {
    /// The journal knows of no success.
    #[error("no deployment of {0} to {1} has succeeded yet, so nothing is known to roll back to")]
    NothingServed(ServiceKey, Environment),
    /// No other revision served before.
    #[error(
        "nothing is known from before {revision} of {service} in {environment}; {}",
        way_out(undo.as_ref())
    )]
    NothingBefore {
        service: ServiceKey,
        environment: Environment,
        revision: RevisionName,
        /// What the last rollback took out of service, if a rollback was last.
        undo: Option<Success>,
    },
    /// The named deployment left nothing to restore here.
    #[error(
        "{0} is not a deployment of this service to this environment that succeeded; see boathook list"
    )]
    NotProven(DeploymentId),
    /// What it would have gone back from does not serve any more.
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

/// An operator's order.
#[derive(Clone, Debug)]
pub struct RollbackOrder {
    pub environment: Environment,
    pub service: ServiceKey,
    /// The deployment to return to; none for the one before the present one.
    pub to: Option<DeploymentId>,
    /// The operator.
    pub by: Actor,
    /// What stays out of the service until it is released.
    pub keeps_out: KeepsOut,
    /// The last success, if the order holds for that one alone.
    pub of: Option<DeploymentId>,
}

/// A rollback that was accepted.
#[derive(Clone, Debug, Serialize)]
pub struct OrderedRollback {
    pub deployment: Summary,
    /// What is to serve again.
    pub to: Success,
    /// What serves now, by the record.
    pub from: Option<Success>,
    /// The digest that it withdrew; none if what served before is the same image, or newer.
    pub withdrawn: Option<Digest>,
    /// Where else that digest serves.
    pub serves_in: Vec<String>,
    /// What stays out of the service until it is released.
    pub keeps_out: KeepsOut,
}

fn way_out(undo: Option<&Success>) -> String {
    let Some(Success { deployment, image, .. }) = undo else {
        return "name a deployment with --to".to_owned();
    };
    match image.digest() {
        Some(digest) => format!(
            "to undo the rollback: boathook reinstate {digest} --reason ..., then --to {deployment}"
        ),
        None => format!("to undo the rollback: --to {deployment}"),
    }
}

impl Journal {
    /// Starts a rollback to the revision of a deployment, or to the one before the present one.
    pub async fn order_rollback(
        &self,
        order: RollbackOrder,
        queue_limit: usize,
    ) -> Result<OrderedRollback, RollbackError> {
        let RollbackOrder { environment, service, to, by, keeps_out, of } = order;
        let service = &service;
        let from = self.last_success(environment, service).await?;
        // A follower decides nothing: between this and the leader's decision, seconds may pass.
        let last_success = from.as_ref().map(|from| from.deployment.clone());
        if of.is_some() && of != last_success {
            return Err(RollbackError::Changed(service.clone(), environment));
        }
        let to = match to {
            Some(id) => id,
            None => self.served_before(environment, service).await?.deployment,
        };
        let (proven, request) = self.request_to(&to, environment, service).await?;
        let origin = Origin::Rollback { to, by: by.clone(), after_watch: None };
        let withdrawn = self.withdrawn_by(from.as_ref(), &proven).await?;
        let effects = Effects { keeps_out, by, withdrawn: withdrawn.clone() };
        let order = Order { kind: "rollback", request, origin, approval: None, opens_at: None };
        let effects = |id: &DeploymentId, request: &DeployRequest, now| {
            effects.of(id, request, now).map(Some)
        };
        let deployment = self.accept_order(order, last_success, effects, queue_limit).await?;
        let serves_in = match &withdrawn {
            Some(digest) => self.places_of(digest).await?,
            None => Vec::new(),
        };
        let here = Place { environment, service: Some(service.clone()) };
        let elsewhere = serves_in.iter().filter(|place| **place != here);
        let serves_in = elsewhere.map(ToString::to_string).collect();
        Ok(OrderedRollback { deployment, to: proven, from, withdrawn, serves_in, keeps_out })
    }

    /// What a deployment left serving there, and the request that brings it back.
    pub(super) async fn request_to(
        &self,
        to: &DeploymentId,
        environment: Environment,
        service: &ServiceKey,
    ) -> Result<(Success, DeployRequest), RollbackError> {
        let not_proven = || RollbackError::NotProven(to.clone());
        let target = self.deployment(to).await?.ok_or_else(not_proven)?;
        let request = &target.acceptance.request;
        let proven = Success::of(to, &target)
            .filter(|_| request.environment == environment && request.service() == *service)
            .ok_or_else(not_proven)?;
        let image = proven.image.clone();
        let request = DeployRequest { image, strategy: Strategy::Rolling, ..request.clone() };
        Ok((proven, request))
    }

    /// The digest that a rollback from one success to another withdraws: that of the later one, if
    /// it goes back and to another image. Undoing a rollback withdraws nothing.
    async fn withdrawn_by(
        &self,
        from: Option<&Success>,
        to: &Success,
    ) -> Result<Option<Digest>, StoreError> {
        let Some(from) = from else { return Ok(None) };
        let digest = from.image.digest().filter(|digest| to.image.digest() != Some(digest));
        let goes_back = self.brought_at(from).await? > self.brought_at(to).await?;
        Ok(digest.filter(|_| goes_back).cloned())
    }

    /// When what a success left serving was deployed first; a rollback only brought it back, and a
    /// redeploy kept it.
    async fn brought_at(&self, success: &Success) -> Result<Option<u64>, StoreError> {
        let mut id = success.deployment.clone();
        while let Some(earlier) = self.brought_by(&id).await? {
            id = earlier.deployment;
        }
        Ok(self.deployment(&id).await?.map(|deployment| deployment.accepted_seq))
    }

    /// What served before the current revision and is not withdrawn. If a rollback restored that, it counts as the
    /// deployment it rolled back to, so that the next rollback goes further back.
    pub(super) async fn served_before(
        &self,
        environment: Environment,
        service: &ServiceKey,
    ) -> Result<Success, RollbackError> {
        let last = self.last_success(environment, service).await?;
        let last =
            last.ok_or_else(|| RollbackError::NothingServed(service.clone(), environment))?;
        let mut serving = last.clone();
        while let Some(earlier) = self.gone_back_to(&serving.deployment).await? {
            serving = earlier;
        }
        let mut before = self.success_before(environment, service, &serving).await?;
        let mut withdrawn = None;
        while let Some(earlier) = before {
            let Some(withdrawal) = self.withdrawal_of(&earlier).await? else { return Ok(earlier) };
            before = self.success_before(environment, service, &earlier).await?;
            withdrawn.get_or_insert(withdrawal);
        }
        if let Some(withdrawal) = withdrawn {
            return Err(AcceptError::Withdrawn { environment, withdrawal }.into());
        }
        let undone = match serving.deployment == last.deployment {
            true => None,
            false => self.success_before(environment, service, &last).await?,
        };
        Err(RollbackError::NothingBefore {
            service: service.clone(),
            environment,
            revision: serving.revision,
            undo: undone,
        })
    }

    async fn withdrawal_of(
        &self,
        success: &Success,
    ) -> Result<Option<Arc<Withdrawal>>, StoreError> {
        match success.image.digest() {
            Some(digest) => self.withdrawal(digest).await,
            None => Ok(None),
        }
    }

    pub(in crate::journal) async fn gone_back_to(
        &self,
        id: &DeploymentId,
    ) -> Result<Option<Success>, StoreError> {
        let Some(Deployment { acceptance, .. }) = self.deployment(id).await? else {
            return Ok(None);
        };
        match &acceptance.origin {
            Origin::Rollback { to, .. } => self.success(to).await,
            Origin::Requested | Origin::Retry { .. } | Origin::Redeploy { .. } => Ok(None),
        }
    }

    /// The success whose image a rollback or a redeploy deployed once more.
    pub(in crate::journal) async fn brought_by(
        &self,
        id: &DeploymentId,
    ) -> Result<Option<Success>, StoreError> {
        let Some(Deployment { acceptance, .. }) = self.deployment(id).await? else {
            return Ok(None);
        };
        match acceptance.origin.image_of() {
            Some(of) => self.success(of).await,
            None => Ok(None),
        }
    }

    async fn success(&self, id: &DeploymentId) -> Result<Option<Success>, StoreError> {
        Ok(self.deployment(id).await?.and_then(|deployment| Success::of(id, &deployment)))
    }
}

impl From<OrderError> for RollbackError {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Changed { environment, service } => Self::Changed(service, environment),
            OrderError::Accept(error) => Self::Accept(error),
        }
    }
}

/// What a rollback does besides deploying, before it has an id.
struct Effects {
    keeps_out: KeepsOut,
    by: Actor,
    withdrawn: Option<Digest>,
}

impl Effects {
    fn of(
        self,
        id: &DeploymentId,
        request: &DeployRequest,
        since: Timestamp,
    ) -> Result<RollbackEffects, StoreError> {
        let Self { keeps_out, by, withdrawn } = self;
        let environment = request.environment;
        let service = request.service();
        let deployment = id.clone();
        let hold = ServiceHold {
            id: new_id()?,
            environment,
            service: service.clone(),
            deployment: deployment.clone(),
            keeps_out,
            by: by.clone(),
            since,
        };
        let withdraws = match withdrawn {
            None => None,
            Some(digest) => {
                let cause =
                    WithdrawalCause::OrderedRollback { deployment, environment, service, by };
                Some(Arc::new(Withdrawal { id: new_id()?, digest, cause, since }))
            }
        };
        Ok(RollbackEffects { holds: Arc::new(hold), withdraws })
    }
}
