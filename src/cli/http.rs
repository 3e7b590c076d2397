//! What the commands say of a request without an answer.

use std::{error::Error as _, time::Duration};

use boathook_core::duration_text;

/// How long a connection may take.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// What rustls says where the other end does not speak TLS.
const NOT_TLS: &str = "InvalidContentType";

/// Why a request that had `timeout` has no answer, without the address: it may hold a token.
pub(crate) fn unreached(error: &reqwest::Error, timeout: Duration) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    let innermost = causes.last().map(ToString::to_string);
    match innermost {
        _ if error.is_timeout() && error.is_connect() => {
            let limit = duration_text::show(CONNECT_TIMEOUT.min(timeout));
            format!("no connection within {limit}")
        }
        _ if error.is_timeout() => format!("no answer within {}", duration_text::show(timeout)),
        Some(cause) if cause.contains(NOT_TLS) => {
            "it does not speak TLS; if that port is plain HTTP, ask with http://".to_owned()
        }
        Some(cause) => cause,
        None => "no answer".to_owned(),
    }
}
