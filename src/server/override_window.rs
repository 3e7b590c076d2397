//! `POST /v1/deployments/{id}/override` and `/acknowledge`: an operator lets a deployment past closed
//! deployment windows, and another one acknowledges that, on the Unix socket.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Payload},
};
use boathook_core::{
    deployment::{Actor, DeploymentId, Environment},
    record::{DeploymentEvent, Event},
    state::IllegalEvent,
};
use serde::Deserialize;
use serde_json::json;
use tracing::{info, warn};

use crate::{
    intake::Policy,
    journal::{AppendError, Summary},
    server::{ApiError, OperatorState, operator, order, peer},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ToOverride {
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ToAcknowledge {
    #[serde(default)]
    note: Option<String>,
}

/// Lets it begin, if the environment's config names the user for that.
pub async fn override_window(
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let ToOverride { reason } = order::read(&request, payload).await?;
    let by = order::by_with_reason(&request, &reason, &operators.redactor)?;
    let id = operator::named(&id, &operators).await?;
    let deployment = operators.journal.deployment(&id).await?.ok_or(ApiError::NotFound)?;
    let environment = deployment.acceptance.request.environment;
    check_named(&request, &by, environment, &operators)?;
    let event = DeploymentEvent::Overridden { by: by.clone() };
    let recorded = record(&operators, &id, event.into(), "override").await?;
    warn!(deployment.id = %id, %by, "Let past closed deployment windows");
    Ok(recorded)
}

/// Whether the environment's config names the user for overrides.
pub(super) fn check_named(
    request: &HttpRequest,
    by: &Actor,
    environment: Environment,
    operators: &OperatorState,
) -> Result<(), ApiError> {
    let groups = peer::groups(request)?;
    let policy = operators.policies.iter().find(|policy| policy.environment == environment);
    if policy.is_some_and(|policy: &Policy| policy.config.override_by.include(&by.user, &groups)) {
        return Ok(());
    }
    Err(ApiError::NotNamed(format!(
        "cannot override: `override_by` of {environment} names neither {} nor a group of theirs",
        by.user
    )))
}

/// Ends the mark.
pub async fn acknowledge(
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let ToAcknowledge { note } = order::read(&request, payload).await?;
    let by = order::by(&request, note.as_deref(), &operators.redactor)?;
    let id = operator::named(&id, &operators).await?;
    let event = DeploymentEvent::OverrideAcknowledged { by: by.clone() };
    let recorded = record(&operators, &id, event.into(), "acknowledge").await?;
    info!(deployment.id = %id, %by, "Acknowledged an override");
    Ok(recorded)
}

async fn record(
    operators: &OperatorState,
    id: &DeploymentId,
    event: Event,
    verb: &str,
) -> Result<HttpResponse, ApiError> {
    operators.journal.append(id, event).await.map_err(|error| refused(error, verb))?;
    let deployment = operators.journal.deployment(id).await?.ok_or(ApiError::NotFound)?;
    Ok(HttpResponse::Ok().json(json!({"deployment": Summary::of(id, &deployment)})))
}

fn refused(error: AppendError, verb: &str) -> ApiError {
    match error {
        AppendError::Illegal(IllegalEvent { event: _, state }) => {
            let state = state.replace('_', " ");
            let only = match verb {
                "override" => "only one that awaits its deployment window can be",
                _ => "it has no override that nobody has acknowledged",
            };
            ApiError::Impossible(format!("cannot {verb}: the deployment is {state}, and {only}"))
        }
        AppendError::Unknown(_) => ApiError::NotFound,
        AppendError::Store(error) => ApiError::Unwritable(error),
    }
}
