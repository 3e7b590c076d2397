//! `GET /v1/secrets`: what each secret may sign for and when it last did, so that an operator sees
//! when an old one is no longer used. On the Unix socket; never a secret or anything made of one.

use actix_web::{HttpResponse, web::Data};
use boathook_core::deployment::{Environment, Key, KeyUse};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    journal::Signer,
    server::{ApiError, OperatorState},
};

/// One secret of one environment.
#[derive(Debug, Serialize)]
struct Row<'a> {
    environment: Environment,
    id: &'a str,
    #[serde(rename = "use")]
    key_use: KeyUse,
    not_after: Option<Timestamp>,
    ended: bool,
    deployments: u64,
    last: Option<Timestamp>,
}

/// Every secret that config names, used or not.
pub async fn list(operators: Data<OperatorState>) -> Result<HttpResponse, ApiError> {
    let signers = operators.journal.signers().await?;
    let now = operators.clock.now();
    let row = |key| row(key, &signers, now);
    Ok(HttpResponse::Ok().json(operators.keys.iter().map(row).collect::<Vec<_>>()))
}

fn row<'a>(key: &'a Key, signers: &[Signer], now: Timestamp) -> Row<'a> {
    let signer =
        signers.iter().find(|signer| signer.environment == key.environment && signer.id == key.id);
    let Key { environment, id, key_use, not_after } = key;
    Row {
        environment: *environment,
        id,
        key_use: *key_use,
        not_after: *not_after,
        ended: key.has_ended(now),
        deployments: signer.map_or(0, |signer| signer.deployments),
        last: signer.map(|signer| signer.last),
    }
}
