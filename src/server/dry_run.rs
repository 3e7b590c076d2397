//! The answer to a dry run: the plan that would be carried out, and what stands against it.

use actix_web::HttpResponse;
use serde_json::json;
use tracing::info;

use crate::{
    deployment::DeployRequest,
    intake::Refusal,
    server::{ApiError, Edge},
};

/// Rehearses a request that passed the door.
pub async fn answer(edge: &Edge, request: DeployRequest) -> Result<HttpResponse, ApiError> {
    let (id, environment, service, image) = (request.deployment_id.clone(), request.environment, request.service(), request.image.clone());
    let rehearsal = (edge.rehearse)(request).await.ok_or(Refusal::QueueFull)?;
    info!(deployment.environment = %environment, problems = rehearsal.problems.len(), "Rehearsed {image} for {service}");
    let mut answer = json!(rehearsal);
    answer["status"] = json!("dry_run");
    answer["deployment_id"] = json!(id);
    answer["environment"] = json!(environment);
    Ok(HttpResponse::Ok().json(answer))
}
