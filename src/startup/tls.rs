//! TLS at the public listener: 1.2 and 1.3, nothing older; each connection gets the current
//! certificate.

use std::{fmt, sync::Arc};

use rustls::{
    ServerConfig,
    crypto::ring,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};
use tokio::sync::watch;

use crate::startup::snapshot::Snapshot;

/// The TLS configuration of a listener that shows the current certificate.
pub(super) fn listening(now: watch::Receiver<Arc<Snapshot>>) -> ServerConfig {
    let versions = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12]);
    let builder = versions.expect("ring has suites for both versions");
    builder.with_no_client_auth().with_cert_resolver(Arc::new(CurrentCertificate(now)))
}

struct CurrentCertificate(watch::Receiver<Arc<Snapshot>>);

impl ResolvesServerCert for CurrentCertificate {
    fn resolve(&self, _client: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.borrow().certificate.clone()
    }
}

impl fmt::Debug for CurrentCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CurrentCertificate(..)")
    }
}
