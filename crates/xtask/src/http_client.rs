//! HTTP clients that know no proxy.

use std::time::Duration;

use reqwest::{Client, ClientBuilder};

/// One that waits so long for a connection, and for the next part of an answer.
pub fn http_client(patience: Duration) -> ClientBuilder {
    // An error says that a TLS provider is installed already.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder().no_proxy().connect_timeout(patience).read_timeout(patience)
}
