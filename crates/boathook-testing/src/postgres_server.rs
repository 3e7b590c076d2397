//! A PostgreSQL server of a test binary's own: Debian's package, in a temporary folder, on a Unix
//! socket, as a user who may do nothing else. It ends with the binary, however that ends.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use boathook::journal::{DatabaseUrl, PostgresOptions, SchemaName};

/// What the journals of a test run are kept in.
const STORE: &str = "BOATHOOK_TEST_STORE";

/// A program that runs the server until its standard input ends, and does what it reads there.
const SUPERVISOR: &str = include_str!("postgres_server.sh");

/// As the name of its socket says.
const PORT: u16 = 5432;

static SHARED: LazyLock<PostgresServer> = LazyLock::new(PostgresServer::start);

/// Whether this run keeps its journals in PostgreSQL.
#[must_use]
pub fn is_wanted() -> bool {
    match std::env::var(STORE).as_deref() {
        Ok("postgres") => true,
        Ok("sqlite") | Err(_) => false,
        Ok(other) => panic!("{STORE} is `{other}`; known: sqlite, postgres"),
    }
}

/// A schema of a test's own on the server that the tests of this binary share.
#[must_use]
pub fn new_schema() -> PostgresOptions {
    SHARED.new_schema()
}

/// Runs SQL on that server as an administrator would.
pub fn administer(sql: &str) {
    SHARED.administer(sql);
}

/// The answer of that server, a line for each row.
#[must_use]
pub fn ask(sql: &str) -> String {
    SHARED.ask(sql)
}

/// The socket of that server.
#[must_use]
pub fn shared_socket() -> PathBuf {
    SHARED.socket()
}

/// A running server.
pub struct PostgresServer {
    folder: PathBuf,
    schemas: AtomicU32,
    orders: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    /// Ends when its input does.
    _supervisor: Child,
}

impl PostgresServer {
    /// Starts one; returns when it answers.
    #[must_use]
    pub fn start() -> Self {
        Self::start_in(new_folder(), PORT)
    }

    /// Starts one that also listens on loopback, with this certificate and its key, and says where.
    #[must_use]
    pub fn start_with_tls(certificate: &str, key: &str) -> (Self, u16) {
        let folder = new_folder();
        fs::write(folder.join("server.crt"), certificate).unwrap();
        fs::write(folder.join("server.key"), key).unwrap();
        // Free now, and not given away again soon.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        (Self::start_in(folder, port), port)
    }

    #[expect(clippy::disallowed_methods, reason = "the server outlives the test that starts it")]
    fn start_in(folder: PathBuf, port: u16) -> Self {
        let mut supervisor = Command::new("sh")
            .args(["-c", SUPERVISOR, "postgres-server"])
            .arg(&folder)
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = supervisor.stdin.take().unwrap();
        let output = BufReader::new(supervisor.stdout.take().unwrap());
        let orders = Mutex::new((input, output));
        let server = Self { folder, schemas: AtomicU32::new(0), orders, _supervisor: supervisor };
        server.await_ready();
        server
    }

    fn administer(&self, sql: &str) {
        self.ask(sql);
    }

    #[expect(clippy::disallowed_methods, reason = "an administrator has no deadline")]
    fn ask(&self, sql: &str) -> String {
        let psql = Command::new("psql")
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "boathook"])
            .args(["-d", "postgres", "-h"])
            .arg(&self.folder)
            .args(["-c", sql])
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(psql.status.success(), "{sql}");
        String::from_utf8(psql.stdout).unwrap()
    }

    /// Kills the server and what it was doing.
    pub fn kill(&self) {
        self.order("kill");
    }

    /// Starts it again.
    pub fn restart(&self) {
        self.order("start");
    }

    /// Its socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    /// The folder of its socket.
    #[must_use]
    pub fn folder(&self) -> String {
        self.folder.display().to_string()
    }

    /// The URL of its database with a password, which the server does not ask for.
    #[must_use]
    pub fn url_with_password(&self, password: &str) -> String {
        let host = self.folder().replace('/', "%2F");
        format!("postgresql://boathook:{password}@{host}/postgres")
    }

    /// The URL of its database, on that socket's folder.
    #[must_use]
    pub fn url(folder: &Path) -> DatabaseUrl {
        let host = folder.to_str().unwrap().replace('/', "%2F");
        DatabaseUrl::parse(&format!("postgresql://boathook@{host}/postgres")).unwrap()
    }

    /// A schema that nobody has used yet.
    #[must_use]
    pub fn new_schema(&self) -> PostgresOptions {
        let number = self.schemas.fetch_add(1, Ordering::Relaxed);
        let schema = SchemaName::try_from(format!("journal_{number}")).unwrap();
        PostgresOptions::new(Self::url(&self.folder), None, schema).unwrap()
    }

    fn order(&self, order: &str) {
        {
            let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
            writeln!(orders.0, "{order}").unwrap();
        }
        self.await_ready();
    }

    fn await_ready(&self) {
        let mut line = String::new();
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        orders.1.read_line(&mut line).unwrap();
        assert_eq!(line, "done\n", "PostgreSQL does not start; its package is `postgresql`");
    }
}

/// The supervisor removes it.
fn new_folder() -> PathBuf {
    tempfile::Builder::new().prefix("boathook-postgres-").tempdir().unwrap().keep()
}
