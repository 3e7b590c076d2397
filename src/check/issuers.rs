//! Checks the issuers of identity tokens: each publishes a key that can verify its tokens.

use boathook_core::deployment::error_chain;
use futures_util::future::join_all;

use crate::{
    check::{CheckResult, outbound::reach},
    config::{Config, IssuerConfig},
    identity::{Fetch, KeysError, published_keys},
    jwt::KeySetError,
};

const CHECK: &str = "identity";

pub(super) async fn check(config: &Config, fetch: &Fetch) -> Vec<CheckResult> {
    join_all(config.identity.iter().map(|issuer| of_issuer(issuer, fetch))).await
}

async fn of_issuer(issuer: &IssuerConfig, fetch: &Fetch) -> CheckResult {
    let IssuerConfig { name, issuer: address, .. } = issuer;
    match published_keys(issuer, fetch).await {
        Ok(keys) => CheckResult::ok(
            CHECK,
            format!("`{name}`: {address} publishes usable keys ({})", keys.len()),
        ),
        Err(error) => CheckResult::error(
            CHECK,
            format!("`{name}`: {}", error_chain(&error)),
            "requests with its tokens are refused (401), at the latest when the keys that boathook keeps are a day old",
            fix(issuer, &error),
        ),
    }
}

fn fix(issuer: &IssuerConfig, error: &KeysError) -> String {
    let name = &issuer.name;
    match error {
        KeysError::Document(url, _) | KeysError::TimedOut(url) => format!(
            "{}; or correct `issuer` or `jwks` of `{name}` under identity in default.yaml",
            reach(url)
        ),
        KeysError::Discovery(..) | KeysError::OtherIssuer(_) | KeysError::NotPrivate(_) => format!(
            "correct `issuer` of `{name}` under identity in default.yaml to what its tokens say (`iss`), or name the address of its keys in `jwks`"
        ),
        KeysError::Keys(_, KeySetError::NoUsableKey) => format!(
            "boathook verifies RS256 and ES256: have the issuer of `{name}` sign with one of them"
        ),
        KeysError::Keys(url, KeySetError::Malformed(_) | KeySetError::TooMany(_)) => format!(
            "see what {url} answers, and correct `jwks` of `{name}` under identity in default.yaml"
        ),
    }
}
