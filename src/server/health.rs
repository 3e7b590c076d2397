//! `GET /health`: can this boathook take a deployment now?

use actix_web::{HttpResponse, web::Data};
use serde_json::json;

use crate::server::{ApiError, PublicState};

/// The path of the health check.
pub const PATH: &str = "/health";

/// 200 if a webhook would be recorded, otherwise 503.
pub async fn health(public: Data<PublicState>) -> Result<HttpResponse, ApiError> {
    public.check_open()?;
    public.journal().check_writable().await.map_err(ApiError::Unwritable)?;
    Ok(HttpResponse::Ok().json(json!({
        "status": "healthy",
        "timestamp": public.admission.clock.now(),
        "version": env!("CARGO_PKG_VERSION"),
    })))
}
