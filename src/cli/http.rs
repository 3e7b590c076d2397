//! What the commands say of a request without an answer.

use std::error::Error as _;

/// Why a request had no answer, without the address: it may hold a token.
pub(crate) fn unreached(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    let innermost = causes.last().map(ToString::to_string);
    match innermost {
        _ if error.is_timeout() => "no answer in time".to_owned(),
        Some(cause) => cause,
        None => "no answer".to_owned(),
    }
}
