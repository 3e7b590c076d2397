//! `/v1/locks`: lists, sets and ends locks, on the Unix socket.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use boathook_core::{
    deployment::{Actor, Environment, ServiceKey},
    duration_text,
    record::Place,
};
use serde::Deserialize;
use serde_json::json;
use tracing::info;

use crate::{
    intake::Policy,
    journal::LockError,
    server::{ApiError, OperatorState, environment, order, peer},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ToLock {
    environment: String,
    #[serde(default)]
    service: Option<ServiceKey>,
    reason: String,
    #[serde(default, rename = "for", deserialize_with = "duration_text::optional_positive")]
    duration: Option<Duration>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ToUnlock {
    environment: String,
    #[serde(default)]
    service: Option<ServiceKey>,
    #[serde(default)]
    note: Option<String>,
}

pub async fn list(operators: Data<OperatorState>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(operators.journal.locks()))
}

/// Sets one.
pub async fn lock(
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let ToLock { environment, service, reason, duration } = order::read(&request, payload).await?;
    let by = Actor::new(peer::user(&request)?);
    let environment = environment::named(&environment, &operators).await?;
    let reason = order::note(Some(&reason), &operators.redactor)?
        .ok_or_else(|| ApiError::Malformed("say why: a lock needs a `reason`".to_owned()))?;
    check_place(&operators.policies, environment, service.as_ref())?;
    let until = duration.and_then(|duration| operators.clock.now().checked_add(duration).ok());
    let lock = operators
        .journal
        .lock(Place { environment, service }, reason.to_owned(), by, until)
        .await
        .map_err(refused)?;
    info!(by = %lock.by, "Locked {}: {}", lock.place(), lock.reason);
    Ok(HttpResponse::Ok().json(lock))
}

/// Ends one.
pub async fn unlock(
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let ToUnlock { environment, service, note } = order::read(&request, payload).await?;
    let by = order::by(&request, note.as_deref(), &operators.redactor)?;
    let locks = operators.journal.locks();
    let is_locked =
        |exact| locks.iter().any(|lock| lock.environment == exact && lock.service == service);
    let environment = environment::named_in_record(&environment, is_locked, &operators).await?;
    let lock = operators
        .journal
        .unlock(Place { environment, service }, by.clone())
        .await
        .map_err(refused)?;
    info!(%by, "Unlocked {}", lock.place());
    Ok(HttpResponse::Ok().json(json!({"by": by, "lock": lock})))
}

/// A lock of what no request can name would look like safety and be none.
fn check_place(
    policies: &[Policy],
    environment: Environment,
    service: Option<&ServiceKey>,
) -> Result<(), ApiError> {
    let policy = policies.iter().find(|policy| policy.environment == environment);
    let policy = policy.ok_or_else(|| {
        ApiError::Impossible(format!(
            "{environment} is not configured, so nothing can be locked there"
        ))
    })?;
    match service {
        Some(service) if !policy.names(service) => Err(ApiError::Impossible(format!(
            "{environment} takes no deployments of {service}: `allow.namespaces` and `allow.services` do not name it; correct the name"
        ))),
        _ => Ok(()),
    }
}

fn refused(error: LockError) -> ApiError {
    match error {
        LockError::Already(_) | LockError::NotLocked(_) | LockError::TooMany => {
            ApiError::Impossible(error.to_string())
        }
        LockError::Store(error) => ApiError::Unwritable(error),
    }
}
