//! `/v1/withdrawals`: lists withdrawn digests, withdraws and reinstates them, on the Unix socket.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload, Query},
};
use boathook_core::deployment::Digest;
use serde::Deserialize;
use serde_json::json;
use tracing::info;

use crate::{
    journal::{WithdrawalError, Withdrawn},
    server::{ApiError, OperatorState, order},
};

/// Withdrawals that one answer lists at most.
const LIST_MAX: u32 = 500;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    limit: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    digest: String,
    reason: String,
}

/// The withdrawn digests, the last one first.
pub async fn list(
    query: Query<ListQuery>,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let limit = query.limit.unwrap_or(LIST_MAX).min(LIST_MAX);
    Ok(HttpResponse::Ok().json(operators.journal.withdrawals(limit).await?))
}

/// Withdraws one, and names where it serves.
pub async fn withdraw(
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let Body { digest, reason } = order::read(&request, payload).await?;
    let by = order::by_with_reason(&request, &reason, &operators.redactor)?;
    let digest = named(&digest)?;
    let Withdrawn { withdrawal, ended } =
        operators.journal.withdraw(digest, by).await.map_err(refused)?;
    let serves_in = operators.journal.places_of(&withdrawal.digest).await?;
    let serves_in = serves_in.iter().map(ToString::to_string).collect::<Vec<_>>();
    info!("Withdrew {}: {}", withdrawal.digest, withdrawal.cause);
    let answer = json!({"withdrawal": withdrawal, "ended": ended, "serves_in": serves_in});
    Ok(HttpResponse::Ok().json(answer))
}

/// Reinstates one.
pub async fn reinstate(
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let Body { digest, reason } = order::read(&request, payload).await?;
    let by = order::by_with_reason(&request, &reason, &operators.redactor)?;
    let withdrawal =
        operators.journal.reinstate(named(&digest)?, by.clone()).await.map_err(refused)?;
    info!(%by, "Reinstated {}", withdrawal.digest);
    Ok(HttpResponse::Ok().json(json!({"by": by, "withdrawal": withdrawal})))
}

/// A digest alone or behind an image, as lists show it.
fn named(text: &str) -> Result<Digest, ApiError> {
    let digest = text.rsplit_once('@').map_or(text, |(_, digest)| digest);
    Digest::parse(digest).map_err(|error| ApiError::Malformed(error.to_string()))
}

fn refused(error: WithdrawalError) -> ApiError {
    match error {
        WithdrawalError::Already(_) | WithdrawalError::NotWithdrawn(_) => {
            ApiError::Impossible(error.to_string())
        }
        WithdrawalError::Store(error) => ApiError::Unwritable(error),
    }
}
