//! The HTTP client of the commands.

use reqwest::{Client, ClientBuilder, redirect};

/// A client for a URL that follows no redirect: a signed request goes where it was sent, or nowhere.
pub fn client(url: &str) -> ClientBuilder {
    // An error says that a TLS provider is installed already.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = Client::builder().user_agent(concat!("boathook/", env!("CARGO_PKG_VERSION"))).redirect(redirect::Policy::none());
    // Plain HTTP must work on a machine without any certificate store.
    if url.starts_with("https:") { builder } else { builder.tls_certs_only([]) }
}
