//! `GET /metrics`: what a Prometheus scrapes.

use actix_web::{HttpResponse, web::Data};
use tokio::task::spawn_blocking;

use crate::server::{ApiError, OperatorState};

const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All metrics, in Prometheus' text format.
pub async fn metrics(operators: Data<OperatorState>) -> Result<HttpResponse, ApiError> {
    let known = spawn_blocking({
        let operators = Data::clone(&operators);
        move || operators.known()
    });
    let page = operators.metrics.page(&known.await.unwrap_or_default()).await?;
    Ok(HttpResponse::Ok().content_type(TEXT_FORMAT).body(page))
}
