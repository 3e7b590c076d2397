//! Every issuer that the config names.

use std::sync::Arc;

use boathook_core::deployment::Identity;
use jiff::Timestamp;

use crate::{
    config::IssuerConfig,
    identity::{Fetch, IdentityFault, Issuer, IssuerKeys, ProvenIdentity, UsedTokens},
    jwt::Token,
};

/// The scheme of the header, which is read in any case.
const SCHEME: &str = "Bearer ";

/// Every issuer that the config names, with its keys.
#[derive(Clone)]
pub struct Issuers {
    all: Vec<Issuer>,
    fetch: Fetch,
    used: Arc<UsedTokens>,
}

impl Issuers {
    /// No issuer yet; `fetch` reads their documents.
    #[must_use]
    pub fn none(fetch: Fetch) -> Self {
        Self { all: Vec::new(), fetch, used: Arc::default() }
    }

    /// These issuers. Those that were known before keep their keys, so that a reload while one is
    /// away changes nothing.
    #[must_use]
    pub fn with(&self, configs: &[IssuerConfig]) -> Self {
        let issuer = |config: &IssuerConfig| {
            let known = self.all.iter().find(|issuer| issuer.keys.are_of(config));
            let keys = known.map_or_else(
                || Arc::new(IssuerKeys::new(config.clone(), Arc::clone(&self.fetch))),
                |issuer| Arc::clone(&issuer.keys),
            );
            Issuer { config: config.clone(), keys }
        };
        Self {
            all: configs.iter().map(issuer).collect(),
            fetch: Arc::clone(&self.fetch),
            used: Arc::clone(&self.used),
        }
    }

    /// What the token among all values of `Authorization` proves of the sender of a body with this
    /// digest.
    pub async fn verify(
        &self,
        authorization: &[&[u8]],
        body_digest: &str,
        now: Timestamp,
    ) -> Result<ProvenIdentity, IdentityFault> {
        let token = Token::parse(bearer(authorization)?)?;
        let issuer = self.all.iter().find(|issuer| issuer.config.issuer == token.issuer);
        issuer.ok_or(IdentityFault::UnknownIssuer)?.verify(&token, body_digest, now).await
    }

    /// Whether a token was used since boathook started.
    #[must_use]
    pub fn know_use_of(&self, proven: &ProvenIdentity) -> bool {
        self.used.knows(proven)
    }

    /// Notes that a token is used for a deployment. One that was used for another is refused.
    pub fn claim(
        &self,
        proven: &ProvenIdentity,
        deployment: &Identity,
    ) -> Result<(), IdentityFault> {
        self.used.claim(proven, deployment)
    }
}

/// The token of the one header.
fn bearer<'a>(authorization: &[&'a [u8]]) -> Result<&'a str, IdentityFault> {
    let value = match authorization {
        [] => return Err(IdentityFault::Missing),
        [one] => std::str::from_utf8(one).map_err(|_| IdentityFault::Missing)?,
        [_, _, ..] => return Err(IdentityFault::Repeated),
    };
    let (scheme, token) = value.split_at_checked(SCHEME.len()).ok_or(IdentityFault::Missing)?;
    if scheme.eq_ignore_ascii_case(SCHEME) { Ok(token.trim()) } else { Err(IdentityFault::Missing) }
}
