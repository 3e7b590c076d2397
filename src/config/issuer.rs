//! Issuers of identity tokens, such as GitHub Actions and GitLab CI.

use std::time::Duration;

use boathook_core::{duration_text, fault::Fault};
use serde::Deserialize;

use crate::config::{
    is_private_url,
    named::{self, Named},
};

/// The lifetime that a token may have unless the config says otherwise; GitHub's have minutes.
const LIFETIME: Duration = Duration::from_secs(60 * 60);
/// A token that lives for longer is no proof of a job under way.
const LIFETIME_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// An issuer whose tokens can prove who sends a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// How environments and logs name it.
    pub name: String,
    /// Its URL, exactly as its tokens have it in `iss`.
    pub issuer: String,
    /// How tokens name this boathook in `aud`.
    pub audience: String,
    /// Where its keys are; without it, its discovery document says so.
    #[serde(default)]
    pub jwks: Option<String>,
    /// Whether its tokens name the body too: `AUDIENCE?sha256=DIGEST`.
    #[serde(default = "binds_body")]
    pub binds_body: bool,
    /// The longest lifetime that a token may have.
    #[serde(default = "lifetime", deserialize_with = "duration_text::positive")]
    pub max_lifetime: Duration,
}

const fn binds_body() -> bool {
    true
}

const fn lifetime() -> Duration {
    LIFETIME
}

/// What cannot be used of the issuers.
pub(super) fn faults(issuers: &[IssuerConfig]) -> Vec<Fault> {
    named::faults("identity", issuers, IssuerConfig::faults)
}

impl Named for IssuerConfig {
    const KIND: &'static str = "issuer";

    fn name(&self) -> &str {
        &self.name
    }
}

impl IssuerConfig {
    fn faults(&self, before: &[Self]) -> Vec<Fault> {
        const ADDRESS: &str =
            "must be an https:// address (http:// only of this machine, for tests)";
        let Self { name: _, issuer, audience, jwks, binds_body: _, max_lifetime } = self;
        let is_audience =
            !audience.is_empty() && audience.chars().all(|c| c.is_ascii_graphic() && c != '?');
        Fault::of([
            (is_private_url(issuer), "issuer", ADDRESS),
            (
                !before.iter().any(|other| other.issuer == *issuer),
                "issuer",
                "is in the list already",
            ),
            (
                is_audience,
                "audience",
                "must be the text that tokens name this boathook by, such as its public address, without spaces and `?`",
            ),
            (jwks.as_deref().is_none_or(is_private_url), "jwks", ADDRESS),
            (*max_lifetime <= LIFETIME_MAX, "max_lifetime", "must be at most 24h"),
        ])
    }
}
