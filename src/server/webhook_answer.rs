//! What every answer about an accepted deployment has.

use actix_web::{HttpResponse, http::header::LOCATION};
use serde_json::{Value, json};

use crate::{journal::Summary, server::PublicState};

pub(super) fn answer(public: &PublicState, status: &str, summary: &Summary) -> Value {
    json!({
        "status": status,
        "deployment_id": summary.deployment_id,
        "environment": summary.environment,
        "id": summary.id,
        "status_url": public.status_url(summary),
    })
}

pub(super) fn with_location(status_url: &str) -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Accepted();
    response.insert_header((LOCATION, status_url));
    response
}
