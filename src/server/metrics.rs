//! `GET /metrics`: what a Prometheus scrapes.

use actix_web::{HttpResponse, web::Data};

use crate::server::{ApiError, Desk};

const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All metrics, in Prometheus' text format.
pub async fn metrics(desk: Data<Desk>) -> Result<HttpResponse, ApiError> {
    let page = desk.metrics.page().await?;
    Ok(HttpResponse::Ok().content_type(TEXT_FORMAT).body(page))
}
