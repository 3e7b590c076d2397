//! `POST /v1/deployments/{id}/retry`: another attempt at a deployment that has ended, on the Unix
//! socket.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Payload},
};
use boathook_core::deployment::DeploymentId;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use tracing::info;

use crate::{
    intake::Refusal,
    journal::RetryError,
    server::{ApiError, OperatorState, operator, order},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    note: Option<String>,
}

/// Accepts the new attempt.
pub async fn retry(
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let Body { note } = order::read(&request, payload).await?;
    let by = order::by(&request, note.as_deref(), &operators.redactor)?;
    operators.check_open()?;
    let of = operator::named(&id, &operators).await?;
    let opens_at = opens_at(&of, &operators).await?;
    let attempt = operators
        .journal
        .retry(&of, by.clone(), opens_at, operators.queue_limit)
        .await
        .map_err(refused)?;
    info!(deployment.id = %attempt.id, %by, "Accepted another attempt at {of}");
    Ok(HttpResponse::Accepted().json(json!({"by": by, "deployment": attempt})))
}

/// When the deployment window opens that another attempt waits for; none if it may begin.
async fn opens_at(
    of: &DeploymentId,
    operators: &OperatorState,
) -> Result<Option<Timestamp>, ApiError> {
    let Some(earlier) = operators.journal.deployment(of).await? else { return Ok(None) };
    let request = &earlier.acceptance.request;
    let policy = operators.policies.iter().find(|one| one.environment == request.environment);
    Ok(policy.and_then(|policy| policy.config.windows.opens_for(request, operators.clock.now())))
}

fn refused(error: RetryError) -> ApiError {
    match error {
        RetryError::Unknown(_) => ApiError::NotFound,
        RetryError::QueueFull => ApiError::Refused(Refusal::QueueFull),
        RetryError::Store(error) => ApiError::Unwritable(error),
        RetryError::NotEnded(_)
        | RetryError::Succeeded
        | RetryError::NotNewest { .. }
        | RetryError::Withdrawn(_)
        | RetryError::Rollback
        | RetryError::Redeploy => ApiError::Impossible(error.to_string()),
    }
}
