//! TLS on the public listener: which versions, which certificate, and what happens when its files
//! change.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::Arc,
    time::Duration,
};

use boathook::{
    redact::Redactor,
    server::Reloads,
    startup::{App, Dependencies, Loaded, run_maintenance},
};
use boathook_core::clock::Clock;
use boathook_process::ProgramRunner;
use boathook_sandbox::{Cluster, FakeApiServer, FakeProber};
use expect_test::expect;
use futures_util::FutureExt as _;
use rustls::{
    ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, ServerConnection, StreamOwned,
    SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, ServerName},
    version::{TLS12, TLS13},
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::support::serving::Serving;

const TLS: &str = "server: {listen: 'ADDRESS', header_timeout: 30s, tls: {certificate: \
                   DIR/tls.crt, key: DIR/tls.key}}";
const PRODUCTION: &str = "secrets: [{id: ci, file: DIR/secret}]";

/// A certificate and its key, in PEM.
struct Pair {
    certificate: String,
    key: String,
    der: CertificateDer<'static>,
}

impl Pair {
    fn new() -> Self {
        let made =
            rcgen::generate_simple_self_signed(vec!["hooks.example.com".to_owned()]).unwrap();
        Self {
            certificate: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
            der: made.cert.der().clone(),
        }
    }

    /// One that ends as this year begins.
    fn ending(year: i32) -> Self {
        let mut parameters =
            rcgen::CertificateParams::new(vec!["hooks.example.com".to_owned()]).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        parameters.not_after = rcgen::date_time_ymd(year, 1, 1);
        let made = parameters.self_signed(&key).unwrap();
        Self { certificate: made.pem(), key: key.serialize_pem(), der: made.der().clone() }
    }

    async fn served() -> (Self, Serving) {
        Self::served_on(TLS).await
    }

    async fn served_on(default: &str) -> (Self, Serving) {
        let pair = Self::new();
        let files = [("tls.crt", pair.certificate.as_str()), ("tls.key", pair.key.as_str())];
        let serving = Serving::start_among(&files, default, PRODUCTION).await;
        (pair, serving)
    }

    fn put(&self, serving: &Serving) {
        serving.file("tls.crt", &self.certificate);
        serving.file("tls.key", &self.key);
    }

    /// A client that trusts this certificate alone, and speaks this version alone.
    fn client(&self, version: &'static SupportedProtocolVersion) -> ClientConnection {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        ClientConnection::new(Arc::new(config), ServerName::try_from("hooks.example.com").unwrap())
            .unwrap()
    }

    /// Whether this is what the handler shows; then it also answers.
    fn is_shown_by(
        &self,
        serving: &Serving,
        version: &'static SupportedProtocolVersion,
    ) -> Result<Option<ProtocolVersion>, String> {
        let mut stream = StreamOwned::new(self.client(version), connect(serving));
        let request =
            b"GET /health HTTP/1.1\r\nHost: hooks.example.com\r\nConnection: close\r\n\r\n";
        stream.write_all(request).map_err(|error| error.to_string())?;
        let mut answer = [0; 15];
        stream.read_exact(&mut answer).map_err(|error| error.to_string())?;
        assert_eq!(str::from_utf8(&answer).unwrap(), "HTTP/1.1 200 OK");
        Ok(stream.conn.protocol_version())
    }
}

fn connect(serving: &Serving) -> TcpStream {
    let stream = TcpStream::connect(&serving.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_listener_speaks_tls_1_2_and_1_3() {
    let (pair, serving) = Pair::served().await;
    assert_eq!(pair.is_shown_by(&serving, &TLS13), Ok(Some(ProtocolVersion::TLSv1_3)));
    assert_eq!(pair.is_shown_by(&serving, &TLS12), Ok(Some(ProtocolVersion::TLSv1_2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_request_of_a_connection_must_come_in_time_over_tls_too() {
    let (pair, serving) = Pair::served_on(&TLS.replace("30s", "500ms")).await;
    let mut stream = StreamOwned::new(pair.client(&TLS13), connect(&serving));
    stream
        .write_all("GET /health HTTP/1.1\r\nHost: hooks.example.com\r\n\r\n".repeat(2).as_bytes())
        .unwrap();
    let mut result = Vec::new();
    let closed = stream.read_to_end(&mut result).unwrap_err();
    assert_eq!(
        closed.kind(),
        std::io::ErrorKind::UnexpectedEof,
        "the socket is shut down beneath TLS: {closed}"
    );
    assert_eq!(String::from_utf8_lossy(&result).matches("HTTP/1.1 200 OK").count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_knows_only_tls_1_1_is_refused() {
    let (_, serving) = Pair::served().await;
    let signatures = [0, 8, 0, 13, 0, 4, 0, 2, 4, 1];
    let hello =
        [&[1, 0, 0, 53, 3, 2][..], &[7; 32], &[0, 0, 4, 0xc0, 0x13, 0, 0x2f, 1, 0], &signatures]
            .concat();
    let record = [&[22, 3, 1, 0, 57][..], &hello].concat();
    let mut stream = connect(&serving);
    stream.write_all(&record).unwrap();
    let mut alert = [0; 7];
    stream.read_exact(&mut alert).unwrap();
    assert_eq!((alert[0], &alert[5..]), (21, &[2, 70][..]), "the alert `protocol_version`, fatal");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_shows_the_new_certificate_on_the_same_listener() {
    let (old, serving) = Pair::served().await;
    let mut open = StreamOwned::new(old.client(&TLS13), connect(&serving));
    open.conn.complete_io(&mut open.sock).unwrap();
    let new = Pair::new();
    new.put(&serving);
    assert_eq!(serving.boathook("reload").await, "exit 0\n--- stdout\nreloaded\n--- stderr\n");
    assert_eq!(new.is_shown_by(&serving, &TLS13), Ok(Some(ProtocolVersion::TLSv1_3)));
    assert!(
        old.is_shown_by(&serving, &TLS13).unwrap_err().contains("certificate"),
        "the old one is not shown any more"
    );
    open.write_all(b"GET /health HTTP/1.1\r\nHost: hooks.example.com\r\n\r\n").unwrap();
    let mut answer = [0; 15];
    open.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK", "who was connected stays connected");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_do_not_fit_or_are_not_private_change_nothing() {
    let (old, serving) = Pair::served().await;
    let mut all = Vec::new();
    serving.file("tls.key", &Pair::new().key);
    all.push(serving.boathook("reload").await);
    serving.file("tls.key", "not a key");
    all.push(serving.boathook("reload").await);
    serving.file("tls.crt", "");
    all.push(serving.boathook("reload").await);
    old.put(&serving);
    fs::set_permissions(serving.path().join("tls.key"), fs::Permissions::from_mode(0o644)).unwrap();
    all.push(serving.boathook("reload").await);
    expect![[r#"
        exit 2
        --- stdout
        --- stderr
        error: nothing was changed: the key in DIR/tls.key cannot be used with the certificate in DIR/tls.crt (server.tls): keys may not be consistent: KeyMismatch
        exit 2
        --- stdout
        --- stderr
        error: nothing was changed: DIR/tls.key does not contain a private key in PEM (server.tls): no items found
        exit 2
        --- stdout
        --- stderr
        error: nothing was changed: DIR/tls.crt does not contain a certificate in PEM (server.tls): no items found
        exit 2
        --- stdout
        --- stderr
        error: nothing was changed: DIR/tls.key cannot be read (server.tls): others may read or change it (mode 644); run `chmod g-w,o= DIR/tls.key`"#]]
    .assert_eq(&all.join("\n"));
    assert_eq!(old.is_shown_by(&serving, &TLS13), Ok(Some(ProtocolVersion::TLSv1_3)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whether_the_listener_speaks_tls_needs_a_restart() {
    let (pair, serving) = Pair::served().await;
    serving.file("default.yaml", "server: {listen: 'ADDRESS', header_timeout: 30s}");
    assert_eq!(
        serving.boathook("reload").await,
        "exit 0\n--- stdout\nreloaded\nneeds a restart: server.tls\n--- stderr\n"
    );
    assert_eq!(pair.is_shown_by(&serving, &TLS13), Ok(Some(ProtocolVersion::TLSv1_3)));
}

/// A configuration with TLS, of which nothing listens.
struct Quiet {
    directory: TempDir,
    parts: Arc<App>,
}

impl Quiet {
    fn new(pair: &Pair) -> Self {
        let directory = TempDir::new().unwrap();
        let path = directory.path().display().to_string();
        let default = format!(
            "state: {{directory: {path}/state}}\n\
             server: {{tls: {{certificate: {path}/tls.crt, key: {path}/tls.key}}}}"
        );
        put(directory.path(), "default.yaml", &default);
        put(directory.path(), "tls.crt", &pair.certificate);
        put(directory.path(), "tls.key", &pair.key);
        let cluster = Cluster::new(boathook_sandbox::Settings::default());
        let clock = Clock::following_tokio("2026-11-22T19:00:00Z".parse().unwrap());
        let outside = Dependencies {
            runner: Arc::new(ProgramRunner::default()),
            api_server: Some(Arc::new(FakeApiServer::new(cluster.clone()))),
            prober: Arc::new(FakeProber::new(cluster)),
            clock,
            shared: None,
        };
        let loaded = Loaded::read(directory.path()).unwrap();
        let parts = App::assemble(
            loaded,
            &Redactor::default(),
            outside,
            Reloads::channel().0,
            CancellationToken::new(),
        )
        .unwrap();
        Self { directory, parts: Arc::new(parts) }
    }

    fn shows(&self, pair: &Pair) -> bool {
        let mut client = pair.client(&TLS13);
        let mut server = ServerConnection::new(Arc::new(self.parts.tls().unwrap())).unwrap();
        for _ in 0..4 {
            let mut wire = Vec::new();
            client.write_tls(&mut wire).unwrap();
            server.read_tls(&mut wire.as_slice()).unwrap();
            server.process_new_packets().unwrap();
            let mut wire = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut wire).unwrap();
            }
            let mut wire = wire.as_slice();
            while !wire.is_empty() {
                client.read_tls(&mut wire).unwrap();
            }
            if client.process_new_packets().is_err() {
                return false;
            }
        }
        !client.is_handshaking()
    }
}

fn put(directory: &Path, name: &str, text: &str) {
    fs::write(directory.join(name), text).unwrap();
    fs::set_permissions(directory.join(name), fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_renewed_certificate_is_found_within_half_a_minute_and_a_broken_one_changes_nothing() {
    let old = Pair::ending(2048);
    let new = Pair::ending(2049);
    let quiet = Quiet::new(&old);
    let reported_end = || quiet.parts.operators().get().certificate_ends.unwrap().to_string();
    assert_eq!(reported_end(), "2048-01-01T00:00:00Z", "for the metrics");
    let parts = Arc::clone(&quiet.parts);
    tokio::spawn(async move { run_maintenance(&parts).await });
    tokio::time::sleep(Duration::from_secs(31)).await;
    put(quiet.directory.path(), "tls.crt", &new.certificate);
    tokio::time::sleep(Duration::from_secs(31)).await;
    assert!(quiet.shows(&old), "the key is still the old one's");
    put(quiet.directory.path(), "tls.key", &new.key);
    tokio::time::sleep(Duration::from_secs(31)).await;
    assert!(quiet.shows(&new) && !quiet.shows(&old));
    assert_eq!(reported_end(), "2049-01-01T00:00:00Z");
}

#[tokio::test(start_paused = true)]
async fn a_reload_is_not_undone_by_a_look_at_the_files_that_held_before() {
    let old = Pair::new();
    let new = Pair::new();
    let quiet = Quiet::new(&old);
    let mut looking = std::pin::pin!(run_maintenance(&quiet.parts));
    assert!((&mut looking).now_or_never().is_none(), "the old files are being read");
    let path = quiet.directory.path();
    let default = fs::read_to_string(path.join("default.yaml"))
        .unwrap()
        .replace("tls.crt", "new.crt")
        .replace("tls.key", "new.key");
    put(path, "default.yaml", &default);
    put(path, "new.crt", &new.certificate);
    put(path, "new.key", &new.key);
    quiet.parts.reload(Loaded::read(path).unwrap()).unwrap();
    assert!(tokio::time::timeout(Duration::from_secs(5), looking).await.is_err());
    assert!(quiet.shows(&new) && !quiet.shows(&old));
}
