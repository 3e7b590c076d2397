//! `GET /health`: can this boathook take a deployment now?

use actix_web::{HttpResponse, web::Data};
use boathook_core::clock::Clock;
use serde_json::json;

use crate::{
    journal::Journal,
    server::{ApiError, OperatorState, PublicState},
};

/// The path of the health check.
pub const PATH: &str = "/health";
/// Its path on the operator's socket.
pub const OPERATORS_PATH: &str = "/v1/health";

/// 200 if a webhook would be recorded, otherwise 503.
pub async fn health(public: Data<PublicState>) -> Result<HttpResponse, ApiError> {
    public.check_open()?;
    of(public.journal(), &public.admission.clock).await
}

/// The same on the operator's socket, for a boathook without a public listener.
pub async fn at_socket(operators: Data<OperatorState>) -> Result<HttpResponse, ApiError> {
    operators.check_open()?;
    of(&operators.journal, &operators.clock).await
}

async fn of(journal: &Journal, clock: &Clock) -> Result<HttpResponse, ApiError> {
    journal.check_writable().await.map_err(ApiError::Unwritable)?;
    Ok(HttpResponse::Ok().json(json!({
        "status": "healthy",
        "timestamp": clock.now(),
        "version": env!("CARGO_PKG_VERSION"),
    })))
}
