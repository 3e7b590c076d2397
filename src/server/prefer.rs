//! The `Prefer` header (RFC 7240), of which `wait` is understood and the rest ignored.

use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName};

/// The request header, in lower case.
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// How long the sender would wait, if given; an invalid value is ignored, as the RFC requires.
pub fn wait(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(PREFER).filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).find_map(wait_seconds).map(Duration::from_secs)
}

fn wait_seconds(preference: &str) -> Option<u64> {
    let preference = preference.split(';').next()?;
    let (name, value) = preference.split_once('=')?;
    if name.trim().eq_ignore_ascii_case("wait") {
        value.trim().trim_matches('"').parse().ok()
    } else {
        None
    }
}
