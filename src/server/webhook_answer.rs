//! What every answer about an accepted deployment has.

use actix_web::{HttpResponse, HttpResponseBuilder, http::header::LOCATION};
use serde_json::{Value, json};

use crate::{journal::Summary, server::PublicState};

/// Answers to one request.
pub(super) struct Answers<'a> {
    pub public: &'a PublicState,
    /// The fields of the request that boathook does not know.
    pub ignored: Vec<String>,
}

impl Answers<'_> {
    pub(super) fn body(&self, status: &str, summary: &Summary) -> Value {
        let mut body = json!({
            "status": status,
            "deployment_id": summary.deployment_id,
            "environment": summary.environment,
            "id": summary.id,
            "status_url": self.public.status_url(summary),
        });
        if !self.ignored.is_empty() {
            body["ignored"] = json!(self.ignored);
        }
        body
    }

    /// 202, with where the deployment can be followed.
    pub(super) fn accepted(&self, summary: &Summary) -> HttpResponseBuilder {
        let mut response = HttpResponse::Accepted();
        response.insert_header((LOCATION, self.public.status_url(summary)));
        response
    }
}
