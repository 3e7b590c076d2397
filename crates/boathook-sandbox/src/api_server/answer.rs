//! What the API server sends back: objects, refusals and warnings.

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{
        StatusCode,
        header::{HeaderValue, RETRY_AFTER, WARNING},
    },
};
use serde_json::json;

use crate::{Status, Written};

impl ResponseError for Status {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        with_warnings(HttpResponse::build(self.status_code()), &self.warnings).json(self.to_json())
    }
}

/// A refusal that asks for another try after a second.
#[must_use]
pub fn put_off(status: &Status) -> HttpResponse {
    let mut response = status.error_response();
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// A refusal that only the HTTP side knows.
#[must_use]
pub fn refusal(code: u16, reason: &'static str, message: impl Into<String>) -> Status {
    Status { code, reason, message: message.into(), details: json!({}), warnings: Vec::new() }
}

/// An object that was written, with what the server warns of.
#[must_use]
pub fn written(response: HttpResponseBuilder, written: &Written) -> HttpResponse {
    with_warnings(response, &written.warnings).json(&written.object)
}

fn with_warnings(mut response: HttpResponseBuilder, warnings: &[String]) -> HttpResponseBuilder {
    for warning in warnings {
        let quoted = warning.replace('\\', "\\\\").replace('"', "\\\"");
        response.append_header((WARNING, format!("299 - \"{quoted}\"")));
    }
    response
}
