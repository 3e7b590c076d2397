//! boathook as a systemd unit: its notifications, and the sockets that it gets.

use std::{
    net::TcpListener,
    os::{fd::AsRawFd as _, unix::net::UnixDatagram},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use boathook_process::Exit;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::support::{
    listening::shell,
    started::{Started, own_address},
};

/// How long systemd waits before it gives up on a program.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where systemd would listen to what a service says.
pub struct Unit {
    directory: TempDir,
    pub address: String,
    /// The directory of the settings; the shipped one unless a test has its own.
    pub config: PathBuf,
    result: UnixDatagram,
}

impl Unit {
    pub fn new() -> Self {
        let directory = TempDir::new().unwrap();
        std::fs::write(
            directory.path().join("secret"),
            "c2VjcmV0IG9mIHRoZSB0ZXN0cywgbG9uZyBlbm91Z2g=",
        )
        .unwrap();
        std::fs::set_permissions(
            directory.path().join("secret"),
            std::os::unix::fs::PermissionsExt::from_mode(0o600),
        )
        .unwrap();
        let result = UnixDatagram::bind(directory.path().join("notify")).unwrap();
        result.set_read_timeout(Some(PATIENCE)).unwrap();
        Self {
            directory,
            address: own_address(),
            config: Path::new(env!("CARGO_MANIFEST_DIR")).join("config"),
            result,
        }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A shell line that becomes boathook, with these variables among others.
    fn line(&self, variables: &str) -> String {
        let path = self.path().display();
        let address = &self.address;
        format!(
            "env BOATHOOK__SERVER__LISTEN={address} {variables} NOTIFY_SOCKET={path}/notify \
             BOATHOOK__SERVER__PUBLIC_URL=http://{address} \
             BOATHOOK__OPERATOR__SOCKET={path}/boathook.sock \
             BOATHOOK__STATE__DIRECTORY={path}/state \
             BOATHOOK__ENVIRONMENTS__DEVELOPMENT__SECRETS='[{{id: tests, file: {path}/secret}}]' \
             BOATHOOK__ENVIRONMENTS__STAGING__ENABLED=false \
             BOATHOOK__ENVIRONMENTS__PRODUCTION__ENABLED=false boathook serve --config {}",
            self.config.display()
        )
    }

    pub async fn start(&self, variables: &str) -> Started {
        let boathook = Path::new(env!("CARGO_BIN_EXE_boathook")).parent().unwrap().display();
        Started::start(
            &self.line(variables),
            vec![("PATH".to_owned(), format!("{boathook}:/usr/bin:/bin"))],
        )
        .await
    }

    /// The next notification to systemd.
    pub async fn hears(&self) -> String {
        let result = self.result.try_clone().unwrap();
        let heard = tokio::task::spawn_blocking(move || {
            let mut buffer = [0; 200];
            let length = result.recv(&mut buffer).expect("systemd hears something");
            String::from_utf8_lossy(&buffer[..length]).trim().to_owned()
        });
        heard.await.unwrap()
    }

    /// The next notification other than this one.
    async fn hears_but(&self, expected: &str) -> String {
        loop {
            let result = self.hears().await;
            if result != expected {
                return result;
            }
        }
    }

    /// The socket as systemd opens it: open for as long as this lives, no matter who serves it.
    fn open_socket(&self, address: &str) -> (TcpListener, String) {
        let listener = TcpListener::bind(address).unwrap();
        rustix::io::fcntl_setfd(&listener, rustix::io::FdFlags::empty()).unwrap();
        let variables =
            format!("LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDS_FIRST_FD={}", listener.as_raw_fd());
        (listener, variables)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn systemd_hears_that_it_is_ready_alive_reloading_and_stopping() {
    let unit = Unit::new();
    let serving = unit.start("WATCHDOG_USEC=2000000").await;
    assert_eq!(unit.hears().await, "READY=1");
    let asked = shell(&format!("curl -fsS http://{}/health", unit.address), &[]).await;
    assert_eq!(asked.code, 0, "ready means that it listens: {}", asked.transcript());
    assert_eq!(
        (unit.hears().await, unit.hears().await),
        ("WATCHDOG=1".to_owned(), "WATCHDOG=1".to_owned())
    );
    let reloaded =
        shell(&format!("boathook reload --socket {}/boathook.sock", unit.path().display()), &[])
            .await;
    assert_eq!(reloaded.code, 0, "{}", reloaded.transcript());
    let result = unit.hears_but("WATCHDOG=1").await;
    assert!(result.starts_with("RELOADING=1\nMONOTONIC_USEC="), "{result}");
    assert_eq!(unit.hears_but("WATCHDOG=1").await, "READY=1");
    let ended = tokio::spawn(serving.terminate());
    assert_eq!(unit.hears_but("WATCHDOG=1").await, "STOPPING=1");
    assert_eq!(ended.await.unwrap(), Exit::Code(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_comes_during_a_restart_is_answered_after_it() {
    let unit = Unit::new();
    let (_socket, variables) = unit.open_socket(&unit.address);
    let serving = unit.start(&variables).await;
    assert_eq!(unit.hears().await, "READY=1");
    assert_eq!(serving.terminate().await, Exit::Code(0));
    assert_eq!(unit.hears().await, "STOPPING=1");

    let url = format!("http://{}/health", unit.address);
    let asked = tokio::spawn(async move { shell(&format!("curl -fsS -m 50 {url}"), &[]).await });
    let serving = unit.start(&variables).await;
    let answer = asked.await.unwrap();
    assert_eq!(answer.code, 0, "{}", answer.transcript());
    assert_eq!(serving.terminate().await, Exit::Code(0));
}

/// Asks on connections of their own until told to stop; gives what was no good answer, and how
/// often it asked.
async fn ask_on(address: String, enough: Arc<AtomicBool>) -> (Vec<String>, usize) {
    let mut bad = Vec::new();
    let mut asked = 0;
    while !enough.load(Ordering::Relaxed) {
        let mut answer = String::new();
        let said = async {
            let mut stream = TcpStream::connect(&address).await?;
            stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await?;
            stream.read_to_string(&mut answer).await
        };
        let said = timeout(PATIENCE, said).await.unwrap();
        asked += 1;
        if !answer.starts_with("HTTP/1.1 200") {
            bad.push(format!("{said:?} {answer}"));
        }
    }
    (bad, asked)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_come_while_it_ends_are_answered_too() {
    let unit = Unit::new();
    let (_socket, variables) = unit.open_socket(&unit.address);
    let mut serving = unit.start(&variables).await;
    assert_eq!(unit.hears().await, "READY=1");
    let enough = Arc::new(AtomicBool::new(false));
    let asking: Vec<_> =
        (0..8).map(|_| tokio::spawn(ask_on(unit.address.clone(), enough.clone()))).collect();
    for _ in 0..3 {
        assert_eq!(serving.terminate().await, Exit::Code(0));
        assert_eq!(unit.hears().await, "STOPPING=1");
        serving = unit.start(&variables).await;
        assert_eq!(unit.hears().await, "READY=1");
        let answered = shell(&format!("curl -fsS -m 50 http://{}/health", unit.address), &[]).await;
        assert_eq!(answered.code, 0, "{}", answered.transcript());
    }
    enough.store(true, Ordering::Relaxed);
    for asking in asking {
        let (bad, asked) = asking.await.unwrap();
        assert!(asked >= 3 && bad.is_empty(), "{asked} asked: {bad:?}");
    }
    assert_eq!(serving.terminate().await, Exit::Code(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_at_another_address_than_the_configured_one_is_refused() {
    let unit = Unit::new();
    let elsewhere = own_address();
    let (_socket, variables) = unit.open_socket(&elsewhere);
    let refused = shell(&format!("exec {}", unit.line(&variables)), &[]).await;
    assert_eq!(refused.code, 1);
    let expected = format!("systemd has opened {elsewhere}, and server.listen is {}", unit.address);
    assert!(refused.stderr.contains(&expected), "{}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_public_listener_the_operators_socket_alone_answers() {
    let unit = Unit::new();
    let serving = unit.start("BOATHOOK__SERVER__LISTEN=null").await;
    assert_eq!(unit.hears().await, "READY=1");
    let nobody = TcpStream::connect(&unit.address).await;
    assert!(nobody.is_err(), "nobody listens where the configuration would have it");

    let config = unit.path().join("config");
    let socket = unit.path().join("boathook.sock").display().to_string();
    let health = format!(
        "cp -r config {config} && boathook health --config {config}",
        config = config.display()
    );
    let variables =
        [("BOATHOOK__SERVER__LISTEN", "null"), ("BOATHOOK__OPERATOR__SOCKET", socket.as_str())];
    let healthy = shell(&health, &variables).await;
    assert_eq!(
        (healthy.code, healthy.stdout.as_str()),
        (0, "200 OK\n"),
        "{}",
        healthy.transcript()
    );
    assert_eq!(serving.terminate().await, Exit::Code(0));
    let gone = shell(&health, &variables).await;
    assert_eq!(gone.code, 1, "{}", gone.transcript());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_for_senders_is_refused_where_there_shall_be_no_public_listener() {
    let unit = Unit::new();
    let (_socket, variables) = unit.open_socket(&unit.address);
    let line = unit.line(&format!("{variables} BOATHOOK__SERVER__LISTEN=null"));
    let refused = shell(&format!("exec {line}"), &[]).await;
    assert_eq!(refused.code, 1);
    let expected = format!("systemd has opened {}, and server.listen is null", unit.address);
    assert!(refused.stderr.contains(&expected), "{}", refused.stderr);
}

/// What boathook logs at its start where standard error is a file, and systemd says of which stream
/// it is.
async fn logged(further: &str, stream: impl Fn(&Path) -> String) -> Vec<String> {
    let unit = Unit::new();
    let log = unit.path().join("log");
    std::fs::write(&log, "").unwrap();
    // A damaged audit log is repaired, with a warning.
    std::fs::create_dir_all(unit.path().join("state/audit")).unwrap();
    std::fs::write(unit.path().join("state/audit/audit.log"), "no line of ours\n").unwrap();
    let line = format!("2>{} JOURNAL_STREAM={} {further}", log.display(), stream(&log));
    let serving = unit.start(&line).await;
    assert_eq!(unit.hears().await, "READY=1");
    serving.terminate().await;
    std::fs::read_to_string(log).unwrap().lines().map(str::to_owned).collect()
}

/// The stream as systemd names it.
fn of_file(log: &Path) -> String {
    let found = std::fs::metadata(log).unwrap();
    format!(
        "{}:{}",
        std::os::unix::fs::MetadataExt::dev(&found),
        std::os::unix::fs::MetadataExt::ino(&found)
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_for_the_journal_begin_with_their_priority_and_leave_the_time_to_it() {
    let lines = logged("", of_file).await;
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("<6> INFO boathook::startup::serve: Serving address=")),
        "{lines:#?}"
    );
    assert!(lines.iter().any(|line| line.starts_with("<4> WARN boathook::")), "{lines:#?}");
    assert!(lines.iter().all(|line| line.starts_with('<')), "{lines:#?}");
    let lines = logged("BOATHOOK__LOG__FORMAT=json", of_file).await;
    let json = lines.iter().map(|line| {
        serde_json::from_str::<serde_json::Value>(
            line.strip_prefix("<6>").or(line.strip_prefix("<4>")).unwrap(),
        )
    });
    assert!(json.clone().all(|line| line.is_ok()) && json.count() > 2, "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_that_do_not_go_to_the_journal_have_their_time_and_no_priority() {
    for stream in ["", "1:2"] {
        let lines = logged("", |_| stream.to_owned()).await;
        assert!(
            !lines.is_empty()
                && lines.iter().all(|line| line.starts_with("20") && line.contains('T')),
            "{lines:#?}"
        );
    }
}
