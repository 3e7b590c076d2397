//! Which database, and how it is reached.

use std::{
    fmt::{self, Display},
    path::Path,
    sync::Arc,
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use serde::Deserialize;

use crate::journal::{DatabaseUrl, PostgresError, store::postgres::tls::Tls};

/// The name of a schema: lower-case letters, digits and `_`, which SQL takes as they are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct SchemaName(String);

/// Why a text is not the name of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name of a schema has lower-case letters, digits and `_`, 63 at most, begins with a letter and not with `pg_`"
)]
pub struct NoSchemaName;

impl SchemaName {
    const MAX: usize = 63;

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for SchemaName {
    fn default() -> Self {
        Self("boathook".to_owned())
    }
}

impl TryFrom<String> for SchemaName {
    type Error = NoSchemaName;

    fn try_from(text: String) -> Result<Self, NoSchemaName> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let fits = text.len() <= Self::MAX
            && text.bytes().all(allowed)
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && !text.starts_with("pg_");
        if fits { Ok(Self(text)) } else { Err(NoSchemaName) }
    }
}

/// A schema of a database, and how the database is reached.
#[derive(Clone)]
pub struct PostgresOptions {
    pub(super) url: DatabaseUrl,
    pub(super) tls: Tls,
    pub(super) schema: SchemaName,
}

impl PostgresOptions {
    /// `ca` is a file with the certificates of the authorities that may vouch for the server, in
    /// place of this machine's. Reads files.
    pub fn new(
        url: DatabaseUrl,
        ca: Option<&Path>,
        schema: SchemaName,
    ) -> Result<Self, PostgresError> {
        let roots = if url.encrypts() { roots(ca)? } else { RootCertStore::empty() };
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has suites for both versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { url, tls: Tls(Arc::new(config)), schema })
    }

    /// The schema.
    #[must_use]
    pub const fn schema(&self) -> &SchemaName {
        &self.schema
    }

    /// Whether what is sent to the database can be read on the way there.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        !self.url.encrypts() && !self.url.is_local()
    }
}

/// Where the journal is, without the password.
impl Display for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "schema {} of postgresql://{}", self.schema.as_str(), self.url.place)
    }
}

fn roots(ca: Option<&Path>) -> Result<RootCertStore, PostgresError> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(path) => {
            let unreadable = |source: rustls::pki_types::pem::Error| PostgresError::Authority {
                path: path.to_owned(),
                source: Arc::new(source),
            };
            for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
                let added = roots.add(certificate.map_err(unreadable)?);
                added.map_err(|source| PostgresError::Authority {
                    path: path.to_owned(),
                    source: Arc::new(source),
                })?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() { Err(PostgresError::NoAuthority) } else { Ok(roots) }
}
