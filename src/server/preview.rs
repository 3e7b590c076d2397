//! `POST /v1/deployments/{id}/preview`: what a deployment that waits would change, found by a dry run
//! now, on the Unix socket. Whoever approves it has to see that first.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Payload},
};
use boathook_core::record::Status;
use serde::Deserialize;

use crate::{
    intake::Refusal,
    server::{ApiError, OperatorState, operator, order},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {}

/// Runs the dry run.
pub async fn preview(
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let Body {} = order::read(&request, payload).await?;
    let id = operator::named(&id, &operators).await?;
    let deployment = operators.journal.deployment(&id).await?.ok_or(ApiError::NotFound)?;
    let status = deployment.state.status();
    if !matches!(status, Status::AwaitingApproval | Status::AwaitingWindow) {
        return Err(ApiError::Impossible(format!(
            "{id} is {} and does not wait for approval or for its window; `boathook show {id}` has what it changes",
            status.name()
        )));
    }
    let wanted = deployment.acceptance.request.clone();
    let report = (operators.dry_run)(wanted, None).await.ok_or(Refusal::DryRunsFull)?;
    Ok(HttpResponse::Ok().json(report))
}
