//! The public listener's certificate: read from its files; each connection gets the current one.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use rustls::{
    crypto::ring,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
    sign::CertifiedKey,
};

use crate::{
    check,
    config::{Tls, read_private, read_public},
};

/// A certificate with its chain and its key, known to fit together.
pub(super) type Certificate = Arc<CertifiedKey>;

/// Why the certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file could not be read.
    #[error("{} cannot be read (server.tls)", path.display())]
    Unreadable {
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("{} does not contain {what} in PEM (server.tls)", path.display())]
    Pem {
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
        source: pem::Error,
    },
    /// Certificate and key do not match, or are of a kind that TLS does not accept.
    #[error("the key in {} cannot be used with the certificate in {} (server.tls)", tls.key.display(), tls.certificate.display())]
    Unusable {
        /// Their files.
        tls: Tls,
        source: rustls::Error,
    },
}

/// Reads certificate and key.
pub(super) fn read(tls: &Tls) -> Result<Certificate, CertificateError> {
    let Tls { certificate, key } = tls;
    let public = read_public(certificate).map_err(unreadable(certificate))?;
    let chain = CertificateDer::pem_slice_iter(&public)
        .collect::<Result<Vec<_>, _>>()
        .and_then(|chain| if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) })
        .map_err(not_pem(certificate, "a certificate"))?;
    let private = PrivateKeyDer::from_pem_slice(&read_private(key).map_err(unreadable(key))?)
        .map_err(not_pem(key, "a private key"))?;
    let certified = CertifiedKey::from_der(chain, private, &ring::default_provider());
    Ok(Arc::new(
        certified.map_err(|source| CertificateError::Unusable { tls: tls.clone(), source })?,
    ))
}

/// When the server's own certificate expires, if its date can be read.
pub(super) fn ends(certificate: &Certificate) -> Option<Timestamp> {
    certificate.cert.first().and_then(|certificate| check::not_after(certificate))
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> CertificateError {
    move |source| CertificateError::Unreadable { path: path.to_owned(), source }
}

fn not_pem(path: &Path, what: &'static str) -> impl FnOnce(pem::Error) -> CertificateError {
    move |source| CertificateError::Pem { path: path.to_owned(), what, source }
}
