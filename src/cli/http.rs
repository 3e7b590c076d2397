//! The HTTP client of the commands.

use std::error::Error as _;

use reqwest::{Client, ClientBuilder, redirect};

/// A client for a URL that follows no redirect: a signed request goes where it was sent, or
/// nowhere.
pub fn client(url: &str) -> ClientBuilder {
    // An error says that a TLS provider is installed already.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = Client::builder()
        .user_agent(concat!("boathook/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none());
    // Plain HTTP must work on a machine without any certificate store.
    if url.starts_with("https:") { builder } else { builder.tls_certs_only([]) }
}

/// Why a request had no answer, without the address: it may hold a token.
pub(crate) fn unreached(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    let innermost = causes.last().map(ToString::to_string);
    match innermost {
        _ if error.is_timeout() => "no answer in time".to_owned(),
        Some(cause) => cause,
        None => "no answer".to_owned(),
    }
}
