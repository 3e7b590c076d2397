//! `POST /v1/redeploys`, on the Unix socket: an operator deploys the image that serves once more, with
//! the manifests as they are now.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use boathook_core::deployment::DeployRequest;
use serde_json::json;
use tracing::info;

use crate::{
    journal::{RedeployError, RedeployOrder, Redeployable},
    server::{ApiError, OperatorState, named_service::NamedService, order},
};

/// Accepts the redeploy as a deployment. The strategy is that of the deployment before, while the
/// environment allows it.
pub async fn redeploy(
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let named: NamedService = order::read(&request, payload).await?;
    let by = order::by(&request, named.note.as_deref(), &operators.redactor)?;
    operators.check_open()?;
    let journal = &operators.journal;
    let (environment, service) = named.place(&operators).await?;
    let policy = operators.policies.iter().find(|policy| policy.environment == environment);
    let policy = policy
        .ok_or_else(|| ApiError::Impossible(format!("{environment} is not configured any more")))?;
    let Redeployable { serves, request, before, waiting } =
        journal.to_redeploy(environment, &service).await.map_err(refused)?;
    let is_allowed = policy.config.strategy.allowed.contains(&request.strategy);
    let strategy = if is_allowed { request.strategy } else { policy.config.strategy.default };
    let request = DeployRequest { strategy, ..request };
    let now = operators.clock.now();
    let opens_at = policy.config.windows.opens_for(&request, now);
    let order = RedeployOrder {
        approval: policy.needs_approval(&request, now),
        opens_at,
        request,
        of: serves.deployment.clone(),
        by: by.clone(),
    };
    let (approve_until, approvals) =
        order.approval.as_ref().map(|(until, approvers)| (*until, approvers.count)).unzip();
    let deployment = journal.order_redeploy(order, operators.queue_limit).await.map_err(refused)?;
    info!(deployment.id = %deployment.id, %by, "Accepted a redeploy of {service} in {environment}, {}", serves.image);
    Ok(HttpResponse::Accepted().json(json!({
        "by": by,
        "deployment": deployment,
        "serves": serves,
        "before": before,
        "waiting": waiting,
        "approve_until": approve_until,
        "approvals": approvals,
        "opens_at": opens_at,
    })))
}

fn refused(error: RedeployError) -> ApiError {
    match error {
        RedeployError::Accept(error) => order::not_accepted(error),
        RedeployError::Store(error) => error.into(),
        RedeployError::NothingServed(..)
        | RedeployError::NoDigest(_)
        | RedeployError::Changed(..) => ApiError::Impossible(error.to_string()),
    }
}
