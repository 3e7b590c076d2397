//! Reads the keys that an issuer publishes, once.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

use crate::{
    config::{IssuerConfig, is_private_url},
    identity::{Fetch, FetchError},
    jwt::{KeySet, KeySetError},
};

/// How long it may take: the discovery document and the keys.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// Why an issuer's keys could not be read.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("{0} could not be read")]
    Document(String, #[source] FetchError),
    #[error("{0} is not a discovery document")]
    Discovery(String, #[source] serde_json::Error),
    #[error("{0} is the discovery document of another issuer")]
    OtherIssuer(String),
    #[error("{0} names an address of keys that is not https")]
    NotPrivate(String),
    #[error("{0} cannot be used")]
    Keys(String, #[source] KeySetError),
    #[error("{0} did not answer within {FETCH_TIMEOUT:?}")]
    TimedOut(String),
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// The keys of an issuer that can verify its tokens; there is at least one.
pub async fn published_keys(issuer: &IssuerConfig, fetch: &Fetch) -> Result<KeySet, KeysError> {
    let until = Instant::now() + FETCH_TIMEOUT;
    let address = match &issuer.jwks {
        Some(address) => address.clone(),
        None => discovered(&issuer.issuer, fetch, until).await?,
    };
    let document = document(&address, fetch, until).await?;
    KeySet::parse(&document).map_err(|error| KeysError::Keys(address, error))
}

/// Where the issuer says that its keys are.
async fn discovered(issuer: &str, fetch: &Fetch, until: Instant) -> Result<String, KeysError> {
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let document = document(&url, fetch, until).await?;
    let discovery: Discovery = serde_json::from_slice(&document)
        .map_err(|error| KeysError::Discovery(url.clone(), error))?;
    if discovery.issuer != issuer {
        return Err(KeysError::OtherIssuer(url));
    }
    if !is_private_url(&discovery.jwks_uri) {
        return Err(KeysError::NotPrivate(url));
    }
    Ok(discovery.jwks_uri)
}

async fn document(url: &str, fetch: &Fetch, until: Instant) -> Result<Vec<u8>, KeysError> {
    let answered = timeout_at(until, fetch(url.to_owned())).await;
    let document = answered.map_err(|_| KeysError::TimedOut(url.to_owned()))?;
    document.map_err(|error| KeysError::Document(url.to_owned(), error))
}
