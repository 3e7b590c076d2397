//! Why no answer came, in a short sentence that holds neither query nor credentials of the URL.

use std::{error::Error, io, iter};

use boathook_core::health::Unanswered;

/// The maximum length of a cause.
const CAUSE_MAX: usize = 200;

/// Describes the error on the way to `place` (host and port).
pub(super) fn describe(error: reqwest::Error, place: &str) -> Unanswered {
    let error = error.without_url();
    let causes =
        || iter::successors(Some(&error as &(dyn Error + 'static)), |cause| (*cause).source());
    let known = causes().find_map(|cause| known(cause, place));
    Unanswered(known.unwrap_or_else(|| {
        let innermost = causes().last().map(ToString::to_string).unwrap_or_default();
        format!("asking {place} failed: {}", cut(&innermost))
    }))
}

fn known(cause: &(dyn Error + 'static), place: &str) -> Option<String> {
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        let inner = error.get_ref().and_then(|inner| known(inner, place));
        return inner.or_else(|| io_error(error.kind(), place));
    }
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return Some(format!("TLS failed: {}", cut(&error.to_string())));
    }
    let text = cause.to_string();
    if text.starts_with("dns error") {
        return Some(format!("the host name in {place} does not resolve"));
    }
    text.contains("before message completed").then(|| closed(place))
}

fn io_error(kind: io::ErrorKind, place: &str) -> Option<String> {
    match kind {
        io::ErrorKind::ConnectionRefused => Some(format!("connection refused by {place}")),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Some(format!("no route to {place}"))
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(closed(place)),
        _ => None,
    }
}

fn closed(place: &str) -> String {
    format!("{place} closed the connection before the answer was complete")
}

fn cut(text: &str) -> String {
    text.escape_debug().take(CAUSE_MAX).collect()
}
