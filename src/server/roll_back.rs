//! `POST /v1/rollbacks`, on the Unix socket: an operator returns a service to an earlier revision.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use boathook_core::deployment::{DeploymentId, Environment, Namespace, ServiceKey, ServiceName};
use serde::Deserialize;
use serde_json::json;
use tracing::info;

use crate::{
    journal::{OrderedRollback, RollbackError, RollbackOrder},
    server::{ApiError, OperatorState, named_service::NamedService, operator, order},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    service: ServiceName,
    #[serde(default)]
    namespace: Option<Namespace>,
    #[serde(default)]
    environment: Option<String>,
    #[serde(default)]
    to: Option<String>,
    #[serde(default)]
    note: Option<String>,
}

/// Accepts the rollback as a deployment.
pub async fn roll_back(
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let asked: Body = order::read(&request, payload).await?;
    let by = order::by(&request, asked.note.as_deref(), &operators.redactor)?;
    operators.check_open()?;
    let to = match &asked.to {
        Some(id) => Some(operator::named(id, &operators).await?),
        None => None,
    };
    let Body { service, namespace, environment, to: _, note } = asked;
    let (environment, service) =
        NamedService { service, namespace, environment, note }.place(&operators).await?;
    let policy = operators.policies.iter().find(|policy| policy.environment == environment);
    let keeps_out = policy.map(|policy| policy.config.rollback_hold).unwrap_or_default();
    let order = |to, of| {
        let service = service.clone();
        let by = by.clone();
        let order = RollbackOrder { environment, service, to, by, keeps_out, of };
        operators.journal.order_rollback(order, operators.queue_limit)
    };
    let ordered = match order(to, None).await {
        Err(RollbackError::NothingBefore { .. })
            if let Some(lost) = lost(environment, &service, &operators).await? =>
        {
            order(Some(lost.clone()), Some(lost)).await
        }
        ordered => ordered,
    };
    let ordered = ordered.map_err(refused)?;
    let OrderedRollback { deployment, to, from, withdrawn, serves_in, keeps_out } = ordered;
    info!(deployment.id = %deployment.id, %by, "Accepted a rollback of {service} in {environment} to {}", to.revision);
    Ok(HttpResponse::Accepted().json(json!({
        "by": by,
        "deployment": deployment,
        "to": to,
        "from": from,
        "withdrawn": withdrawn,
        "serves_in": serves_in,
        "keeps_out": keeps_out,
    })))
}

/// The deployment whose revision was deleted since: it is restored itself.
async fn lost(
    environment: Environment,
    service: &ServiceKey,
    operators: &OperatorState,
) -> Result<Option<DeploymentId>, ApiError> {
    let Some(last) = operators.journal.last_success(environment, service).await? else {
        return Ok(None);
    };
    Ok((operators.is_deleted)(environment, service.clone(), last.revision)
        .await
        .then_some(last.deployment))
}

fn refused(error: RollbackError) -> ApiError {
    match error {
        RollbackError::Accept(error) => order::not_accepted(error),
        RollbackError::Store(error) => error.into(),
        RollbackError::NothingServed(..)
        | RollbackError::NothingBefore { .. }
        | RollbackError::Changed(..)
        | RollbackError::NotProven(_) => ApiError::Impossible(error.to_string()),
    }
}
