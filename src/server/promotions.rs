//! `POST /v1/promotions/hurry` and `/cancel`: an operator lifts the terms of a promotion that waits,
//! or ends it, on the Unix socket.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use boathook_core::{
    deployment::{DeploymentId, Environment},
    record::{PromotionEvent, RequiredBy},
    state::PromotionOutcome,
};
use serde::Deserialize;
use serde_json::json;
use tracing::{info, warn};

use crate::{
    journal::{AppendError, Summary},
    server::{ApiError, OperatorState, operator, order, override_window},
};

/// Successes that are looked through for promotions that wait, the oldest first.
const SEARCHED_MAX: u32 = 100;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hurry {
    /// A deployment, or a service.
    of: String,
    to: String,
    #[serde(default)]
    note: Option<String>,
    /// Given to override what the next environment requires.
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cancel {
    of: String,
    to: String,
    #[serde(default)]
    note: Option<String>,
}

/// Lifts its own soak and the waves before it; with a reason, also what the next environment
/// requires, if that one's config names the user for that.
pub async fn hurry(
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let Hurry { of, to, note, reason } = order::read(&request, payload).await?;
    let to = target(&to, &operators)?;
    let id = named(&of, to, &operators).await?;
    let deployment = operators.journal.deployment(&id).await?.ok_or(ApiError::NotFound)?;
    let state = deployment.promotions.iter().find(|state| state.promotion.to == to);
    let required_by = state.and_then(|state| state.awaits()).map(|wait| wait.required_by);
    match (reason, required_by) {
        (Some(reason), _) => {
            let by = order::by_with_reason(&request, &reason, &operators.redactor)?;
            override_window::check_named(&request, &by, to, &operators)?;
            let event = PromotionEvent::PromotionOverridden { to, by: by.clone() };
            let recorded = record(&operators, &id, event, "hurry").await?;
            warn!(deployment.id = %id, promotion.to = %to, %by, "Promoted past what {to} requires");
            Ok(recorded)
        }
        (None, Some(RequiredBy::Target)) => Err(ApiError::Impossible(format!(
            "cannot hurry: {to} requires what it waits for; who is in `override_by` of {to} may override that with a reason"
        ))),
        (None, Some(RequiredBy::Promotion | RequiredBy::Waves) | None) => {
            let by = order::by(&request, note.as_deref(), &operators.redactor)?;
            let event = PromotionEvent::PromotionHurried { to, by: by.clone() };
            let recorded = record(&operators, &id, event, "hurry").await?;
            info!(deployment.id = %id, promotion.to = %to, %by, "Hurried a promotion");
            Ok(recorded)
        }
    }
}

/// Ends it.
pub async fn cancel(
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let Cancel { of, to, note } = order::read(&request, payload).await?;
    let to = target(&to, &operators)?;
    let by = order::by(&request, note.as_deref(), &operators.redactor)?;
    let id = named(&of, to, &operators).await?;
    let event = PromotionEvent::PromotionCancelled { to, by: by.clone() };
    let recorded = record(&operators, &id, event, "cancel").await?;
    info!(deployment.id = %id, promotion.to = %to, %by, "Cancelled a promotion");
    Ok(recorded)
}

/// The next environment, which another boathook may have.
fn target(name: &str, operators: &OperatorState) -> Result<Environment, ApiError> {
    let configured = operators.environments().find(name);
    configured
        .or_else(|unknown| Environment::of(name).ok_or(unknown))
        .map_err(|unknown| ApiError::Malformed(unknown.to_string()))
}

/// The deployment that is named, or the one whose service is named and whose promotion waits.
async fn named(
    of: &str,
    to: Environment,
    operators: &OperatorState,
) -> Result<DeploymentId, ApiError> {
    match operator::named(of, operators).await {
        Err(ApiError::Unknown(_)) => {}
        found => return found,
    }
    let journal = &operators.journal;
    let mut of_service = Vec::new();
    for id in journal.to_promote(SEARCHED_MAX).await? {
        let Some(deployment) = journal.deployment(&id).await? else { continue };
        let service = deployment.acceptance.request.service();
        if deployment.to_promote_to(to).is_some()
            && (service.service.as_str() == of || service.to_string() == of)
        {
            of_service.push(id);
        }
    }
    match of_service.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(ApiError::Unknown(format!(
            "there is no deployment `{}`, and no service of that name has a promotion to {to} that waits; boathook environments \
             shows those that wait",
            of.escape_debug()
        ))),
        several => {
            let ids = several.iter().map(DeploymentId::to_string).collect::<Vec<_>>().join(", ");
            Err(ApiError::Impossible(format!(
                "more than one deployment of {} has a promotion to {to} that waits; name one of them: {ids}",
                of.escape_debug()
            )))
        }
    }
}

async fn record(
    operators: &OperatorState,
    id: &DeploymentId,
    event: PromotionEvent,
    verb: &str,
) -> Result<HttpResponse, ApiError> {
    let to = event.to();
    let recorded = operators.journal.append(id, event).await;
    let deployment = operators.journal.deployment(id).await?.ok_or(ApiError::NotFound)?;
    let state = deployment.promotions.iter().find(|state| state.promotion.to == to);
    match recorded {
        Ok(_) => {
            let deployment = Summary::of(id, &deployment);
            Ok(HttpResponse::Ok().json(json!({"deployment": deployment, "to": to})))
        }
        Err(AppendError::Illegal(_)) => {
            let why = match state.map(|state| &state.answer) {
                None => "it has none",
                Some(PromotionOutcome::AwaitsProof { .. } | PromotionOutcome::Waiting { .. }) => {
                    "it does not wait for proof"
                }
                Some(PromotionOutcome::Promoted { .. }) => "it was sent",
                Some(PromotionOutcome::NotPromoted { .. }) => "it has ended",
            };
            Err(ApiError::Impossible(format!("cannot {verb} the promotion of {id} to {to}: {why}")))
        }
        Err(AppendError::Unknown(_)) => Err(ApiError::NotFound),
        Err(AppendError::Store(error)) => Err(ApiError::Unwritable(error)),
    }
}
