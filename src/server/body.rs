//! Reads a request's body with a limit on size and time, and without decompression.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName},
    web::{Bytes, BytesMut, Payload},
};
use futures_util::StreamExt;

use crate::server::{ApiError, BodyRoom, body_room::Taken};

/// The sender's id of a delivery.
pub(crate) const DELIVERY: HeaderName = HeaderName::from_static("x-github-delivery");

/// The limits of a body.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Bytes, at most.
    pub max_bytes: usize,
    /// From the end of the headers to the end of the body.
    pub timeout: Duration,
}

/// The raw body of a JSON request. Headers are checked first, so that an unacceptable body is not
/// read.
pub async fn read(
    request: &HttpRequest,
    payload: Payload,
    limits: BodyLimits,
    room: &BodyRoom,
) -> Result<Bytes, ApiError> {
    let BodyLimits { max_bytes, timeout } = limits;
    check_media_type(request.headers())?;
    let announced = header(request.headers(), &CONTENT_LENGTH)
        .and_then(|length| length.parse::<usize>().ok())
        .unwrap_or(0);
    if announced > max_bytes {
        return Err(ApiError::TooLarge { max_bytes });
    }
    let mut taken = room.enter();
    taken.hold(announced)?;
    let body = collect(payload, BytesMut::with_capacity(announced), max_bytes, taken);
    tokio::time::timeout(timeout, body).await.unwrap_or(Err(ApiError::BodyTooSlow { timeout }))
}

async fn collect(
    mut payload: Payload,
    mut body: BytesMut,
    max_bytes: usize,
    mut taken: Taken<'_>,
) -> Result<Bytes, ApiError> {
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| {
            ApiError::Malformed("the body ended before it was whole; send it again".to_owned())
        })?;
        let length = body.len() + chunk.len();
        if length > max_bytes {
            return Err(ApiError::TooLarge { max_bytes });
        }
        taken.hold(length)?;
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn check_media_type(headers: &HeaderMap) -> Result<(), ApiError> {
    if headers
        .get_all(CONTENT_ENCODING)
        .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Err(ApiError::UnsupportedMediaType(
            "the body is compressed; send it as it is, without Content-Encoding".to_owned(),
        ));
    }
    let media_type = header(headers, &CONTENT_TYPE)
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    if media_type.trim().eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(ApiError::UnsupportedMediaType(
            "send the body with Content-Type: application/json".to_owned(),
        ))
    }
}

/// The value of a header that is given once as text; a header given twice reads as none.
pub fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name);
    let first = values.next()?;
    if values.next().is_some() { None } else { first.to_str().ok() }
}
