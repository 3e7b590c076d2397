//! Why GitHub did not do what it was asked.

use std::time::Duration;

use boathook_core::deployment::is_unprintable;

use crate::{
    github::{GitHubResponse, Unreachable},
    jwt::SignError,
};

/// Characters of GitHub's own words that are kept.
const MESSAGE_MAX: usize = 200;

/// Why GitHub did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum GitHubError {
    /// 401.
    #[error(
        "GitHub does not know the credential (401); it may have expired: make a new one and name it in `sources.github`"
    )]
    Unauthorized,
    /// 403, for another reason than too many requests.
    #[error(
        "GitHub forbids it (403): {0}; give the credential the permission \"Deployments\" (read and write)"
    )]
    Forbidden(String),
    /// Too many requests; none is made before that time has passed.
    #[error("GitHub grants no more requests for {} s", .0.as_secs())]
    Limited(Duration),
    /// 404, which is also what GitHub says of what a credential may not see.
    #[error("GitHub has no {0} here, or the credential may not see it (404)")]
    NotFound(String),
    /// 409.
    #[error("GitHub refuses it (409): {0}")]
    Conflict(String),
    /// 422.
    #[error("GitHub refuses it (422): {0}")]
    Unprocessable(String),
    /// 5xx.
    #[error("GitHub is in trouble ({0})")]
    Trouble(u16),
    /// Anything else.
    #[error("GitHub answered with {0}, which boathook did not expect")]
    Unexpected(u16),
    /// A redirect that leads to another server, or on to a third address.
    #[error("GitHub redirects to where boathook does not follow")]
    Redirected,
    /// The body is not what the documentation says.
    #[error("GitHub's answer cannot be read")]
    Unreadable(#[source] serde_json::Error),
    #[error("failed to ask GitHub")]
    Unreachable(#[from] Unreachable),
    /// The app's key cannot sign.
    #[error("failed to sign in as the GitHub App")]
    App(#[source] SignError),
}

impl GitHubError {
    /// The error that a status means; `what` names what was asked for.
    pub(super) fn of(response: &GitHubResponse, what: &str) -> Self {
        match response.status {
            401 => Self::Unauthorized,
            403 => Self::Forbidden(message(response)),
            404 | 410 => Self::NotFound(what.to_owned()),
            409 => Self::Conflict(message(response)),
            422 => Self::Unprocessable(message(response)),
            status @ 500..=599 => Self::Trouble(status),
            status => Self::Unexpected(status),
        }
    }

    /// Whether the same request may succeed later without anyone's doing.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Limited(_) | Self::Trouble(_) | Self::Unreachable(_) | Self::Unreadable(_) => {
                true
            }
            Self::Unauthorized
            | Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::Conflict(_)
            | Self::Unprocessable(_)
            | Self::Unexpected(_)
            | Self::Redirected
            | Self::App(_) => false,
        }
    }

    /// Whether the credential is what is wrong: everything else waits for a good one.
    #[must_use]
    pub const fn is_of_credential(&self) -> bool {
        matches!(self, Self::Unauthorized | Self::App(_))
    }

    /// How long GitHub asks to be left alone.
    #[must_use]
    pub const fn wait(&self) -> Option<Duration> {
        if let Self::Limited(wait) = self { Some(*wait) } else { None }
    }
}

/// GitHub's own words, on one line.
pub(super) fn message(response: &GitHubResponse) -> String {
    let body: Option<serde_json::Value> = serde_json::from_slice(&response.body).ok();
    let message = body.as_ref().and_then(|body| body["message"].as_str()).unwrap_or("no message");
    message.chars().filter(|c| !is_unprintable(*c)).take(MESSAGE_MAX).collect()
}
