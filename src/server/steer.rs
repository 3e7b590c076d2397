//! `POST /v1/deployments/{id}/{pause|resume|promote|abort}`: what an operator asks of a deployment,
//! on the Unix socket.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Payload},
};
use boathook_core::{record::DeploymentEvent, rollout::Action, state::IllegalEvent};
use serde::Deserialize;
use serde_json::json;
use tracing::info;

use crate::{
    journal::{AppendError, Summary},
    server::{ApiError, OperatorState, operator, order},
};

/// The word in the path.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Pause at the current traffic.
    Pause,
    /// Go on.
    Resume,
    /// Skip the rest of a hold.
    Promote,
    /// Go back.
    Abort,
}

/// What comes with it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    full: bool,
    #[serde(default)]
    note: Option<String>,
}

/// Records the command; the engine acts on it.
pub async fn steer(
    path: Path<(String, Verb)>,
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let (id, verb) = path.into_inner();
    let Body { full, note } = order::read(&request, payload).await?;
    let action = action(verb, full)?;
    let by = order::by(&request, note.as_deref(), &operators.redactor)?;
    let id = operator::named(&id, &operators).await?;
    let recorded = operators
        .journal
        .append(&id, DeploymentEvent::Steered { action, by: by.clone().into() })
        .await;
    recorded.map_err(|error| refused(action, error))?;
    info!(deployment.id = %id, action = action.name(), %by, "Steered");
    let deployment = operators.journal.deployment(&id).await?.ok_or(ApiError::NotFound)?;
    Ok(HttpResponse::Ok()
        .json(json!({"action": action, "by": by, "deployment": Summary::of(&id, &deployment)})))
}

fn action(verb: Verb, full: bool) -> Result<Action, ApiError> {
    match (verb, full) {
        (Verb::Promote, true) => Ok(Action::PromoteFully),
        (_, true) => Err(ApiError::Malformed("only promote can be `full`".to_owned())),
        (Verb::Pause, false) => Ok(Action::Pause),
        (Verb::Resume, false) => Ok(Action::Resume),
        (Verb::Promote, false) => Ok(Action::Promote),
        (Verb::Abort, false) => Ok(Action::Abort),
    }
}

fn refused(action: Action, error: AppendError) -> ApiError {
    match error {
        AppendError::Illegal(IllegalEvent { event: _, state }) => {
            ApiError::WrongState { action, state }
        }
        AppendError::Unknown(_) => ApiError::NotFound,
        AppendError::Store(error) => ApiError::Unwritable(error),
    }
}
