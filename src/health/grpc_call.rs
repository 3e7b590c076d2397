//! One call of `grpc.health.v1.Health/Check`: a message up, a message down, and the status in the
//! trailers.

use std::time::Duration;

use boathook_core::health::{GrpcAnswer, Unanswered};
use http_body_util::BodyExt;
use reqwest::{
    Body, RequestBuilder, Response,
    header::{CONTENT_TYPE, HeaderMap, TE},
};

use crate::health::{grpc_frame, unanswered};

const GRPC: &str = "application/grpc";

/// Asks for a service's health. `request` is a POST to the health service's path, of a client that
/// speaks HTTP/2.
pub(super) async fn ask(
    request: RequestBuilder,
    service: &str,
    within: Duration,
    place: &str,
) -> Result<GrpcAnswer, Unanswered> {
    let request = request
        .header(CONTENT_TYPE, GRPC)
        .header(TE, "trailers")
        .header("grpc-timeout", format!("{}m", within.as_millis()));
    let response = request
        .body(grpc_frame::question(service))
        .send()
        .await
        .map_err(|error| unanswered::describe(error, place))?;
    let status = response.status().as_u16();
    let speaks_grpc = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(GRPC.as_bytes()));
    if status != 200 || !speaks_grpc {
        return Ok(GrpcAnswer::NotGrpc { status });
    }
    let mut headers = response.headers().clone();
    let (body, trailers) = read(response, place).await?;
    // A call that fails at once has its status in the headers.
    headers.extend(trailers);
    Ok(match code(&headers) {
        Some(0) => match grpc_frame::answer(&body) {
            Some(serving) => GrpcAnswer::Health(serving),
            None => {
                return Err(Unanswered(format!(
                    "{place} answered with a message that is none of grpc.health.v1"
                )));
            }
        },
        Some(code) => GrpcAnswer::Error { code, message: text(&headers, "grpc-message") },
        None => return Err(Unanswered(format!("{place} closed the call without a grpc-status"))),
    })
}

async fn read(response: Response, place: &str) -> Result<(Vec<u8>, HeaderMap), Unanswered> {
    let mut body = Body::from(response);
    let mut message = Vec::new();
    let mut trailers = HeaderMap::new();
    while let Some(frame) = body.frame().await {
        match frame.map_err(|error| unanswered::describe(error, place))?.into_data() {
            Ok(data) if message.len() + data.len() > grpc_frame::MESSAGE_MAX => {
                return Err(Unanswered(format!(
                    "{place} answered with a message that is too large for grpc.health.v1"
                )));
            }
            Ok(data) => message.extend_from_slice(&data),
            Err(frame) => trailers.extend(frame.into_trailers().unwrap_or_default()),
        }
    }
    Ok((message, trailers))
}

fn code(headers: &HeaderMap) -> Option<u32> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .unwrap_or_default()
}
