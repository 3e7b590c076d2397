//! An operator's rollback: a new deployment that returns to the revision of an earlier one.

use std::sync::Arc;

use boathook_core::{
    deployment::{
        Actor, DeployRequest, DeploymentId, Environment, ExternalId, KeyUse, ServiceKey, Strategy,
    },
    record::{Acceptance, Origin},
    state::Deployment,
};

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
    #[error("nothing but {} is known to have served {service} in {environment}; name a deployment with --to", serving.revision)]
    NothingBefore { service: ServiceKey, environment: Environment, serving: Box<Success> },
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
    ) -> Result<Summary, RollbackError> {
        let to = match to {
            Some(id) => id,
            None => self.served_before(environment, service).await?.deployment,
        };
        let target =
            self.deployment(&to).await?.ok_or_else(|| RollbackError::NotProven(to.clone()))?;
        let request = &target.acceptance.request;
        let proven = Success::of(&to, &target)
            .filter(|_| request.environment == environment && request.service() == *service);
        let Success { image, .. } = proven.ok_or_else(|| RollbackError::NotProven(to.clone()))?;
        let request = DeployRequest { image, ..request.clone() };
        Ok(self.accept_order(request, Origin::Rollback { to, by }, queue_limit).await?)
    }

    /// What served before the current revision. If a rollback restored that, it counts as the
    /// deployment it rolled back to, so that the next rollback goes further back.
    async fn served_before(
        &self,
        environment: Environment,
        service: &ServiceKey,
    ) -> Result<Success, RollbackError> {
        let last = self.last_success(environment, service).await?;
        let mut serving =
            last.ok_or_else(|| RollbackError::NothingServed(service.clone(), environment))?;
        while let Some(earlier) = self.gone_back_to(&serving.deployment).await? {
            serving = earlier;
        }
        let before = self.success_before(environment, service, &serving).await?;
        before.ok_or_else(|| RollbackError::NothingBefore {
            service: service.clone(),
            environment,
            serving: Box::new(serving),
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
