//! The HTTP client of the commands.

use reqwest::{Client, ClientBuilder, redirect};

/// A client that follows no redirect: a signed request goes where it was sent, or nowhere.
pub fn client() -> ClientBuilder {
    // An error says that a TLS provider is installed already.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder().user_agent(concat!("boathook/", env!("CARGO_PKG_VERSION"))).redirect(redirect::Policy::none())
}
