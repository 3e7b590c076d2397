//! `POST /v1/releases`, on the Unix socket: an operator lets promotions reach a service again that
//! was rolled back. `GET /v1/holds` lists such services.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use boathook_core::{deployment::Environment, record::ServiceHold};
use serde_json::json;
use tracing::info;

use crate::{
    journal::ReleaseError,
    server::{ApiError, OperatorState, environment, named_service::NamedService, order},
};

pub async fn holds(operators: Data<OperatorState>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(operators.journal.holds()))
}

/// Ends the hold.
pub async fn release(
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let asked: NamedService = order::read(&request, payload).await?;
    let by = order::by(&request, asked.note.as_deref(), &operators.redactor)?;
    let holds = operators.journal.holds();
    let is_held = |exact| {
        holds.iter().any(|hold| hold.environment == exact && hold.service.service == asked.service)
    };
    let wanted = match &asked.environment {
        Some(name) => Some(environment::named_in_record(name, is_held, &operators).await?),
        None => None,
    };
    let ServiceHold { environment, service, .. } = one(&asked, wanted, holds)?.as_ref().clone();
    let hold =
        operators.journal.release(environment, service, by.clone()).await.map_err(refused)?;
    info!(%by, "Released {} in {}", hold.service, hold.environment);
    Ok(HttpResponse::Ok().json(json!({"by": by, "hold": hold})))
}

/// The one held service of that name, where namespace and environment leave only one.
fn one(
    asked: &NamedService,
    environment: Option<Environment>,
    holds: Vec<Arc<ServiceHold>>,
) -> Result<Arc<ServiceHold>, ApiError> {
    let NamedService { service, namespace, environment: _, note: _ } = asked;
    let is_it = |hold: &Arc<ServiceHold>| {
        hold.service.service == *service
            && namespace.as_ref().is_none_or(|wanted| *wanted == hold.service.namespace)
            && environment.is_none_or(|wanted| wanted == hold.environment)
    };
    let held = holds.into_iter().filter(is_it).collect::<Vec<_>>();
    match held.as_slice() {
        [] => Err(ApiError::Impossible(format!(
            "no service {service} is held there; boathook status shows those that are"
        ))),
        [hold] => Ok(Arc::clone(hold)),
        several => {
            let places =
                several.iter().map(|hold| format!("{} in {}", hold.service, hold.environment));
            Err(ApiError::Impossible(format!(
                "more than one service {service} is held: {}; name one with --environment and --namespace",
                places.collect::<Vec<_>>().join(", ")
            )))
        }
    }
}

fn refused(error: ReleaseError) -> ApiError {
    match error {
        ReleaseError::NotHeld { .. } => ApiError::Impossible(error.to_string()),
        ReleaseError::Store(error) => ApiError::Unwritable(error),
    }
}
