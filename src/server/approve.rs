//! `POST /v1/deployments/{id}/{approve|reject}`: an operator approves or rejects a deployment, on
//! the Unix socket.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Payload},
};
use boathook_core::{
    deployment::Actor,
    record::{DeploymentEvent, Status, approvals_given},
    state::{Deployment, IllegalEvent},
};
use serde::Deserialize;
use serde_json::json;
use tracing::info;

use crate::{
    journal::{AppendError, Summary},
    server::{ApiError, OperatorState, approver, operator, order, peer},
};

/// The word in the path.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalDecision {
    /// Approve.
    Approve,
    /// Reject.
    Reject,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    note: Option<String>,
}

/// Records the answer; the scheduler acts on it.
pub async fn answer(
    path: Path<(String, ApprovalDecision)>,
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let (id, answer) = path.into_inner();
    let Body { note } = order::read(&request, payload).await?;
    let caller = peer::caller(&request)?;
    let user = caller.name();
    let note = order::note(note.as_deref(), &operators.redactor)?;
    let by = Actor { user: user.clone(), note };
    let event = answer.event(by)?;
    let id = operator::named(&id, &operators).await?;
    let deployment = operators.journal.deployment(&id).await?.ok_or(ApiError::NotFound)?;
    let is_asked = matches!(answer, ApprovalDecision::Approve)
        && deployment.state.status() == Status::AwaitingApproval;
    let note = match is_asked {
        true => {
            approver::check_approver(&caller, &deployment.acceptance, &operators.journal).await?
        }
        false => None,
    };
    let recorded = operators.journal.append(&id, event).await;
    let deployment = operators.journal.deployment(&id).await?.ok_or(ApiError::NotFound)?;
    let given = given(&deployment);
    recorded.map_err(|error| match error {
        AppendError::Illegal(_) if is_asked && given.contains(&user) => {
            let needed = deployment.acceptance.approvers.count;
            ApiError::Impossible(format!(
                "{user} has approved it already: {}; a user's approval counts once",
                approvals_given(&given, needed)
            ))
        }
        error => answer.refused(error),
    })?;
    info!(deployment.id = %id, by = user, "{}", answer.done());
    Ok(HttpResponse::Ok().json(json!({
        "by": user,
        "deployment": Summary::of(&id, &deployment),
        "given": given,
        "needed": deployment.acceptance.approvers.count,
        "note": note,
    })))
}

/// The users who approved it, in order.
fn given(deployment: &Deployment) -> Vec<String> {
    deployment.approvals.iter().map(|given| given.by.user.clone()).collect()
}

impl ApprovalDecision {
    fn event(self, by: Actor) -> Result<DeploymentEvent, ApiError> {
        match (self, &by.note) {
            (Self::Approve, _) => Ok(DeploymentEvent::Approved { by }),
            (Self::Reject, Some(_)) => Ok(DeploymentEvent::Rejected { by }),
            (Self::Reject, None) => {
                Err(ApiError::Malformed("say why: a rejection needs a `note`".to_owned()))
            }
        }
    }

    const fn done(self) -> &'static str {
        match self {
            Self::Approve => "Approved",
            Self::Reject => "Rejected",
        }
    }

    fn refused(self, error: AppendError) -> ApiError {
        let verb = match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        };
        match error {
            AppendError::Illegal(IllegalEvent { event: _, state })
                if state == Status::AwaitingApproval.name() =>
            {
                ApiError::Impossible(format!(
                    "cannot {verb}: the time to approve it is over; try it again with `boathook retry`"
                ))
            }
            AppendError::Illegal(IllegalEvent { event: _, state }) => {
                let state = state.replace('_', " ");
                ApiError::Impossible(format!(
                    "cannot {verb}: the deployment is {state}, and only one that awaits approval can be answered"
                ))
            }
            AppendError::Unknown(_) => ApiError::NotFound,
            AppendError::Store(error) => ApiError::Unwritable(error),
        }
    }
}
