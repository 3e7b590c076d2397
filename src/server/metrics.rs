//! `GET /metrics`: what a Prometheus scrapes.

use actix_web::{HttpResponse, web::Data};
use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;
use tokio::task::spawn_blocking;

use crate::server::{ApiError, OperatorState};

/// All metrics, in Prometheus' text format.
pub async fn metrics(operators: Data<OperatorState>) -> Result<HttpResponse, ApiError> {
    let known = spawn_blocking({
        let operators = Data::clone(&operators);
        move || operators.known()
    });
    let page = operators.metrics.page(&known.await.unwrap_or_default()).await?;
    Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).body(page))
}
