//! How boathook reaches GitHub.

use std::time::Duration;

use boathook_core::{duration_text, fault::Fault, source::Source};
use serde::Deserialize;

use crate::config::is_private_base_url;

/// Each repository costs a request an interval, and GitHub grants 5000 an hour.
const INTERVAL_MIN: Duration = Duration::from_secs(1);

/// How boathook reaches GitHub. It does so if it has a token or an app.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitHubSource {
    /// The address of its REST API, without a `/` at the end.
    pub api: String,
    /// Where its token is read from.
    pub token: Option<Source>,
    /// The GitHub App that boathook is, in place of a token.
    pub app: Option<GitHubApp>,
    /// From one look for new deployments to the next.
    #[serde(deserialize_with = "duration_text::positive")]
    pub interval: Duration,
}

/// A GitHub App, installed where the repositories are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitHubApp {
    /// The app's id.
    pub id: u64,
    /// The id of its installation.
    pub installation: u64,
    /// Where its private key is read from, in PEM.
    pub key: Source,
}

impl GitHubSource {
    /// Whether boathook has what it needs to ask GitHub.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.token.is_some() || self.app.is_some()
    }

    pub(super) fn faults(&self) -> Vec<Fault> {
        let Self { api, token, app, interval } = self;
        let is_one = |source: &Source| source.is_one();
        Fault::of([
            (
                is_private_base_url(api),
                "api",
                "must begin with https:// and not end with /: it is sent the token",
            ),
            (
                token.is_none() || app.is_none(),
                "app",
                "takes the place of `token`; name one of the two",
            ),
            (
                token.as_ref().is_none_or(is_one),
                "token",
                "must name exactly one of `env`, `file` and `credential`",
            ),
            (
                app.as_ref().is_none_or(|app| is_one(&app.key)),
                "app.key",
                "must name exactly one of `env`, `file` and `credential`",
            ),
            (*interval >= INTERVAL_MIN, "interval", "must be 1s or more"),
        ])
    }
}
