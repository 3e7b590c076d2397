//! The HTTP client of everything that asks over HTTP.
//!
//! It follows no redirect: what is signed goes where the configuration says, or nowhere. It trusts
//! the certificates that this machine trusts. Whoever asks sets the deadlines.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use boathook_core::failure;
use jiff::Timestamp;
use reqwest::{
    Client, ClientBuilder, Response,
    header::{HeaderName, HeaderValue, RETRY_AFTER},
    redirect,
};

/// A client that is kept, with its connections: making one reads the machine's certificates.
#[derive(Debug, Default)]
pub struct KeptClient(Mutex<Option<Client>>);

impl KeptClient {
    /// The client, which is made when it is first needed.
    pub fn get_or_make(&self, make: impl FnOnce() -> ClientBuilder) -> reqwest::Result<Client> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*kept {
            return Ok(client.clone());
        }
        Ok(kept.insert(make().build()?).clone())
    }
}

/// A client for a URL, or for all of its scheme, that uses no proxy.
pub fn direct(url: &str) -> ClientBuilder {
    through_proxies(url).no_proxy()
}

/// The same through the proxies that this process's environment names.
pub fn through_proxies(url: &str) -> ClientBuilder {
    // An error says that a TLS provider is installed already.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = Client::builder()
        .user_agent(concat!("boathook/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none());
    // Plain HTTP must work on a machine without any certificate store.
    if url.starts_with("https") { builder } else { builder.tls_certs_only([]) }
}

/// How long an answer asks its client to wait; it came at `now`.
pub fn retry_after(response: &Response, now: Timestamp) -> Option<Duration> {
    failure::retry_after(response.headers().get(RETRY_AFTER)?.to_str().ok()?, now)
}

/// The headers that are text; their names are in lower case.
pub fn text_headers(response: &Response) -> Vec<(String, String)> {
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    response.headers().iter().filter_map(text).collect()
}

/// The beginning of a body: `max` bytes at most.
pub async fn beginning(mut response: Response, max: usize) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while body.len() < max
        && let Some(chunk) = response.chunk().await?
    {
        body.extend_from_slice(&chunk[..chunk.len().min(max - body.len())]);
    }
    Ok(body)
}
