//! The answer to a dry run: the plan that would run, and the problems that would stop it.

use actix_web::HttpResponse;
use boathook_core::deployment::{Bundle, DeployRequest, RequestOutcome};
use serde_json::json;
use tracing::info;

use crate::{
    intake::Refusal,
    journal::Summary,
    observers::metrics::Endpoint,
    server::{ApiError, PublicState},
};

/// Runs the dry run of an admitted request. For a repeat of an accepted deployment, the report adds
/// this as a problem.
pub async fn answer(
    public: &PublicState,
    request: Box<DeployRequest>,
    bundle: Option<Box<Bundle>>,
    deployed: Option<Summary>,
) -> Result<HttpResponse, ApiError> {
    let ignored = request.ignored();
    let DeployRequest { deployment_id, environment, namespace, service_name, image, .. } =
        DeployRequest::clone(&request);
    let mut report = (public.dry_run)(*request, bundle).await.ok_or(Refusal::DryRunsFull)?;
    public.counted.note(Endpoint::Webhook, RequestOutcome::DryRun);
    report
        .problems
        .extend(deployed.map(|Summary { id, .. }| format!("this id was deployed already: {id}")));
    info!(deployment.environment = %environment, problems = report.problems.len(), "Dry run of {image} for {namespace}/{service_name}");
    let mut answer = json!(report);
    answer["status"] = json!("dry_run");
    answer["deployment_id"] = json!(deployment_id);
    answer["environment"] = json!(environment);
    if !ignored.is_empty() {
        answer["ignored"] = json!(ignored);
    }
    Ok(HttpResponse::Ok().json(answer))
}
