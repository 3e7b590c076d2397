//! The `Accept` header, as far as it decides between two forms of an answer.

use actix_web::http::header::{ACCEPT, HeaderMap};

/// Whether a browser asks: it names HTML first, while programs name JSON or nothing.
pub fn wants_html(headers: &HeaderMap) -> bool {
    prefers(headers, "text/html", "application/json")
}

/// Whether one media type is named before the other, or alone. Quality values do not count: the
/// programs that ask name what they want first.
pub fn prefers(headers: &HeaderMap, wanted: &str, other: &str) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let place = |media_type: &str| {
        accept
            .split(',')
            .position(|range| range.split(';').next().is_some_and(|name| name.trim() == media_type))
    };
    match (place(wanted), place(other)) {
        (Some(wanted), Some(other)) => wanted < other,
        (wanted, None) => wanted.is_some(),
        (None, Some(_)) => false,
    }
}
