//! TLS to the database: the server must be the one that the URL names.

use std::{fs, path::Path};

use boathook::journal::{DatabaseUrl, PostgresOptions, PostgresStore, SchemaName};
use boathook_core::deployment::error_chain;
use boathook_testing::postgres_server::PostgresServer;
use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;

/// A certificate for a name, which vouches for itself, and its key.
fn certificate(name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (parameters.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn open(host: &str, port: u16, authority: &Path) -> Result<(), String> {
    let url = format!("postgresql://boathook@{host}:{port}/postgres?sslmode=verify-full");
    let url = DatabaseUrl::parse(&url).map_err(|error| error.why().to_owned())?;
    let options = PostgresOptions::new(url, Some(authority), SchemaName::default());
    let options = options.map_err(|error| error_chain(&error))?;
    PostgresStore::open(options).map(drop).map_err(|error| error_chain(&error))
}

#[test]
fn only_a_server_with_a_certificate_for_its_name_from_the_named_authority_is_talked_to() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let (own, key) = certificate("localhost");
    let (others, _) = certificate("localhost");
    let (server, port) = PostgresServer::start_with_tls(&own, &key);
    let own = write("own.pem", &own);
    let others = write("others.pem", &others);

    open("localhost", port, &own).unwrap();
    let place = format!("schema boathook of postgresql://localhost:{port}/postgres");
    let refused = open("localhost", port, &others).unwrap_err();
    assert!(refused.starts_with(&format!("failed to connect to {place}: ")), "{refused}");
    assert!(refused.contains("invalid peer certificate: "), "{refused}");
    let refused = open("127.0.0.1", port, &own).unwrap_err();
    assert!(refused.contains("certificate not valid for name"), "{refused}");
    let refused = open("localhost", port, &write("none.pem", "")).unwrap_err();
    assert!(refused.starts_with("there is no certificate authority"), "{refused}");
    drop(server);
}
