//! An operator's rollback: a new deployment that returns to the revision of an earlier one.

use std::sync::Arc;

use boathook_core::{
    deployment::{
        Actor, DeployRequest, DeploymentId, Environment, ExternalId, KeyUse, RevisionName,
        ServiceKey, Strategy,
    },
    record::{Acceptance, Origin},
    state::Deployment,
};
use serde::Serialize;

use crate::journal::{AcceptError, Journal, StoreError, Success, Summary};

/// Says in the record that no secret signed.
const SIGNED_BY: &str = "operator";

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
        undo: Option<DeploymentId>,
    },
    /// The named deployment left nothing to restore here.
    #[error(
        "{0} is not a deployment of this service to this environment that succeeded; see boathook list"
    )]
    NotProven(DeploymentId),
    /// It was not accepted.
    #[error(transparent)]
    Accept(#[from] AcceptError),
    /// The journal cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A rollback that was accepted.
#[derive(Clone, Debug, Serialize)]
pub struct OrderedRollback {
    pub deployment: Summary,
    /// What is to serve again.
    pub to: Success,
    /// What serves now, by the record.
    pub from: Option<Success>,
}

fn way_out(undo: Option<&DeploymentId>) -> String {
    undo.map_or_else(
        || "name a deployment with --to".to_owned(),
        |undo| format!("to undo the rollback: --to {undo}"),
    )
}

impl Journal {
    /// Starts a rollback to the revision of the deployment `to`, or to the one before the present
    /// one. `by` is the operator.
    pub async fn order_rollback(
        &self,
        environment: Environment,
        service: &ServiceKey,
        to: Option<DeploymentId>,
        by: Actor,
        queue_limit: usize,
    ) -> Result<OrderedRollback, RollbackError> {
        let from = self.last_success(environment, service).await?;
        let to = match to {
            Some(id) => id,
            None => self.served_before(environment, service).await?.deployment,
        };
        let target =
            self.deployment(&to).await?.ok_or_else(|| RollbackError::NotProven(to.clone()))?;
        let request = &target.acceptance.request;
        let proven = Success::of(&to, &target)
            .filter(|_| request.environment == environment && request.service() == *service);
        let proven = proven.ok_or_else(|| RollbackError::NotProven(to.clone()))?;
        let request = DeployRequest { image: proven.image.clone(), ..request.clone() };
        let origin = Origin::Rollback { to, by };
        let deployment = self.accept_order(request, origin, queue_limit).await?;
        Ok(OrderedRollback { deployment, to: proven, from })
    }

    /// What served before the current revision. If a rollback restored that, it counts as the
    /// deployment it rolled back to, so that the next rollback goes further back.
    async fn served_before(
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
        if let Some(before) = self.success_before(environment, service, &serving).await? {
            return Ok(before);
        }
        let undone = match serving.deployment == last.deployment {
            true => None,
            false => self.success_before(environment, service, &last).await?,
        };
        Err(RollbackError::NothingBefore {
            service: service.clone(),
            environment,
            revision: serving.revision,
            undo: undone.map(|undone| undone.deployment),
        })
    }

    pub(in crate::journal) async fn gone_back_to(
        &self,
        id: &DeploymentId,
    ) -> Result<Option<Success>, StoreError> {
        let Some(Deployment { acceptance, .. }) = self.deployment(id).await? else {
            return Ok(None);
        };
        let Origin::Rollback { to, by: _ } = &acceptance.origin else { return Ok(None) };
        Ok(self.deployment(to).await?.and_then(|target| Success::of(to, &target)))
    }

    /// Accepts the request under an identity of its own.
    async fn accept_order(
        &self,
        request: DeployRequest,
        origin: Origin,
        queue_limit: usize,
    ) -> Result<Summary, AcceptError> {
        self.accept_as(queue_limit, |id, token, now| {
            let deployment_id = ExternalId::parse(&format!("rollback-{id}"))
                .expect("a word and an id are printable and short");
            let request = DeployRequest {
                deployment_id,
                timestamp: Some(now),
                strategy: Strategy::Rolling,
                traffic_split: Vec::new(),
                ..request
            };
            Arc::new(Acceptance {
                request,
                token,
                signed_by: SIGNED_BY.to_owned(),
                key_use: KeyUse::Deploy,
                delivery: None,
                client: None,
                attempt: 1,
                origin,
                approve_until: None,
            })
        })
        .await
    }
}
