//! Answers with a JSON body.

use boathook::github::GitHubResponse;
use serde_json::{Value, json};

/// An error, as GitHub words one.
pub(super) fn plain(status: u16, message: &str) -> GitHubResponse {
    let documentation = "https://docs.github.com/rest";
    json_of(status, &json!({"message": message, "documentation_url": documentation}))
}

/// An answer.
pub(super) fn json_of(status: u16, value: &Value) -> GitHubResponse {
    GitHubResponse { status, headers: Vec::new(), body: value.to_string().into_bytes() }
}
