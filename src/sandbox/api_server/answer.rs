//! What the API server sends back: objects, refusals and warnings.

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{StatusCode, header::WARNING},
};
use serde_json::Value;

use crate::sandbox::Status;

impl ResponseError for Status {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code()).json(self.to_json())
    }
}

/// An object that was written, with what the server warns of.
#[must_use]
pub fn written(mut response: HttpResponseBuilder, object: &Value, warnings: &[String]) -> HttpResponse {
    for warning in warnings {
        let quoted = warning.replace('\\', "\\\\").replace('"', "\\\"");
        response.append_header((WARNING, format!("299 - \"{quoted}\"")));
    }
    response.json(object)
}
