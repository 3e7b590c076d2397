//! Reads a registry's answer to a request for a token.

use serde::Deserialize;

/// The most that is read of the answer.
pub const TOKEN_MAX: usize = 64 << 10;

/// A token in either field, or in both.
#[derive(Deserialize)]
struct Answer {
    token: Option<String>,
    access_token: Option<String>,
}

/// The token in an answer; none if it holds none that can stand in a header.
#[must_use]
pub fn token_in(answer: &[u8]) -> Option<String> {
    let Answer { token, access_token } = serde_json::from_slice(answer).ok()?;
    let is_printable = |token: &String| token.bytes().all(|byte| byte.is_ascii_graphic());
    let tokens = [token, access_token].into_iter().flatten();
    tokens.filter(|token| !token.is_empty()).find(is_printable)
}
