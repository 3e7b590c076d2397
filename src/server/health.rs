//! `GET /health`: can this boathook take a deployment now?

use actix_web::{HttpResponse, web::Data};
use serde_json::json;

use crate::server::{ApiError, PublicState};

/// The path of the health check.
pub const PATH: &str = "/health";

/// 200 when a webhook would be written down, 503 when not.
pub async fn health(public: Data<PublicState>) -> Result<HttpResponse, ApiError> {
    public.check_open()?;
    public.journal().check_writable().await?;
    Ok(HttpResponse::Ok().json(json!({
        "status": "healthy",
        "timestamp": public.door.clock.now(),
        "version": env!("CARGO_PKG_VERSION"),
    })))
}
