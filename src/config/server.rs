//! The listeners: senders' and the operator's.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use boathook_core::{address_text, deployment::BODY_MAX, duration_text, fault::Fault};
use serde::Deserialize;

use crate::config::Network;

/// What senders reach.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The address for senders; none if requests come by other ways alone.
    #[serde(deserialize_with = "address_text::optional")]
    pub listen: Option<SocketAddr>,
    /// The certificate to speak TLS with; without it, plain HTTP.
    pub tls: Option<Tls>,
    /// Its address for senders, without a `/` at the end; every `status_url` begins with it.
    pub public_url: String,
    /// Bytes that a body may have; more is refused before anything is computed.
    pub max_body_bytes: usize,
    /// How long a sender may take for its headers.
    #[serde(deserialize_with = "duration_text::positive")]
    pub header_timeout: Duration,
    /// How long a sender may take for its body.
    #[serde(deserialize_with = "duration_text::positive")]
    pub body_timeout: Duration,
    /// The longest time that `Prefer: wait` is granted.
    #[serde(deserialize_with = "duration_text::any")]
    pub max_wait: Duration,
    /// Requests that one source may make in a minute, checked before anything else.
    pub requests_per_minute: u32,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
}

/// The files of a certificate, in PEM.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate, with the chain that leads to its issuer's.
    pub certificate: PathBuf,
    /// Its private key, in a file that others may neither read nor change.
    pub key: PathBuf,
}

/// The operator's side.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// The Unix socket of the command line.
    pub socket: PathBuf,
    /// A loopback address for the dashboard and reading the API; none if they are not served there.
    #[serde(deserialize_with = "address_text::optional")]
    pub listen: Option<SocketAddr>,
}

/// Whether text is an address to which a path can be appended.
pub(super) fn is_base_url(url: &str) -> bool {
    (url.starts_with("http://") || url.starts_with("https://")) && !url.ends_with('/')
}

impl Server {
    /// Whether bodies would arrive unencrypted from anywhere.
    #[must_use]
    pub(crate) fn is_exposed(&self) -> bool {
        let is_open = self.listen.is_some_and(|address| !address.ip().is_loopback());
        is_open && self.trusted_proxies.is_empty() && self.tls.is_none()
    }

    pub(super) fn faults(&self) -> Vec<Fault> {
        let Self {
            listen,
            tls,
            public_url,
            max_body_bytes,
            header_timeout: _,
            body_timeout: _,
            max_wait: _,
            requests_per_minute,
            trusted_proxies,
        } = self;
        Fault::of([
            (
                !self.is_exposed(),
                "listen",
                "plain HTTP on this address needs a proxy in front: name it in server.trusted_proxies, set server.tls, or listen on 127.0.0.1",
            ),
            (
                listen.is_some() || tls.is_none(),
                "tls",
                "is for the public listener: name its address in server.listen, or remove this",
            ),
            (
                is_base_url(public_url),
                "public_url",
                "must begin with http:// or https:// and not end with /",
            ),
            (
                (1..=BODY_MAX).contains(max_body_bytes),
                "max_body_bytes",
                "must be more than 0 and at most 4194304 (4 MiB)",
            ),
            (*requests_per_minute > 0, "requests_per_minute", "must be more than 0"),
            (
                trusted_proxies.iter().all(Network::is_narrow),
                "trusted_proxies",
                "must name the proxies, in networks of /8 or less (IPv6: /16 or less): anyone who is in them can claim to be anyone",
            ),
        ])
    }
}

impl Operator {
    pub(super) fn faults(&self) -> Vec<Fault> {
        let Self { socket: _, listen } = self;
        let is_local = |address: SocketAddr| address.ip().to_canonical().is_loopback();
        Fault::of([(
            listen.is_none_or(is_local),
            "listen",
            "must be an address of loopback such as 127.0.0.1:8081: anyone who reaches it reads everything, programs' output too, without a \
             password; from elsewhere come through ssh (ssh -L 8081:127.0.0.1:8081 NODE)",
        )])
    }
}
