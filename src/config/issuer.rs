//! Issuers of identity tokens, such as GitHub Actions and GitLab CI.

use std::{net::IpAddr, time::Duration};

use boathook_core::{duration_text, fault::Fault};
use reqwest::Url;
use serde::Deserialize;

/// The maximum length of a name, which stands in logs and records.
const NAME_MAX: usize = 40;
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
    let each = issuers.iter().enumerate().flat_map(|(index, issuer)| {
        Fault::inside(&format!("identity[{index}]"), issuer.faults(&issuers[..index]))
            .collect::<Vec<_>>()
    });
    each.collect()
}

impl IssuerConfig {
    fn faults(&self, before: &[Self]) -> Vec<Fault> {
        const ADDRESS: &str =
            "must be an https:// address (http:// only of this machine, for tests)";
        let Self { name, issuer, audience, jwks, binds_body: _, max_lifetime } = self;
        let plain = name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'))
            && (1..=NAME_MAX).contains(&name.len());
        let is_audience =
            !audience.is_empty() && audience.chars().all(|c| c.is_ascii_graphic() && c != '?');
        Fault::of([
            (plain, "name", "must be 1 to 40 of a-z, 0-9 and -"),
            (!before.iter().any(|other| other.name == *name), "name", "is another issuer's too"),
            (Self::is_private(issuer), "issuer", ADDRESS),
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
            (jwks.as_deref().is_none_or(Self::is_private), "jwks", ADDRESS),
            (*max_lifetime <= LIFETIME_MAX, "max_lifetime", "must be at most 24h"),
        ])
    }

    /// Whether nobody on the way can exchange what is read from an address.
    #[must_use]
    pub fn is_private(address: &str) -> bool {
        let Ok(url) = Url::parse(address) else { return false };
        let host = url.host_str().unwrap_or_default();
        let is_local = host == "localhost"
            || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        url.scheme() == "https" || (url.scheme() == "http" && is_local)
    }
}
