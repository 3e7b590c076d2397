//! `POST /v1/reload`, on the Unix socket: requests a reload of the configuration, which `startup`
//! does.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use serde::Deserialize;
use serde_json::json;
use tracing::info;

use crate::server::{ApiError, OperatorState, Reloaded, order, peer};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {}

/// Reloads the configuration, and returns the result.
pub async fn reload(
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let Body {} = order::read(&request, payload).await?;
    let by = peer::user(&request)?;
    info!(by, "Asked to reload");
    let Reloaded { needs_restart, as_at_start, warnings } =
        operators.reloads.order(by.clone()).await?.map_err(ApiError::NotReloaded)?;
    Ok(HttpResponse::Ok().json(json!({
        "status": "reloaded",
        "by": by,
        "needs_restart": needs_restart,
        "as_at_start": as_at_start,
        "warnings": warnings,
    })))
}
