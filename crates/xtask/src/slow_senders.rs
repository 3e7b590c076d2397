//! How much memory boathook takes while many connections each send a little at a time and never
//! come to an end.
//!
//! Starts a boathook of its own on loopback, with a temporary state directory and nothing to deploy
//! to, and keeps so many connections open, each from an address of its own (`127.x.y.z`) and opened
//! again when boathook closes it. Prints boathook's resident memory, and how long a health check
//! takes meanwhile. Linux only.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use clap::ValueEnum;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    process::{Child, Command},
    task::JoinSet,
    time::{sleep, timeout},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const HEAD: &str = "POST /webhook/deploy HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                    x-github-event: deployment\r\n";
/// As large as the shipped limit of a body.
const LENGTH: &str = "content-length: 262144\r\n\r\n";
/// From one byte to the next, and from the end of a connection to the next one.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the handler may take to start, and a health check to be answered.
const PATIENCE: Duration = Duration::from_secs(30);

/// What each connection sends at once, before it sends a byte a second.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Idle,
    Headers,
    LargeHeaders,
    Bodies,
    LargeBodies,
}

impl Kind {
    fn sends_first(self) -> String {
        match self {
            Self::Idle => String::new(),
            Self::Headers => format!("{HEAD}x-slow: "),
            Self::LargeHeaders => format!("{HEAD}x-slow: {}", "x".repeat(120_000)),
            Self::Bodies => format!("{HEAD}{LENGTH}"),
            Self::LargeBodies => format!("{HEAD}{LENGTH}{}", " ".repeat(200_000)),
        }
    }
}

#[derive(clap::Args)]
pub struct SlowSenders {
    /// The program
    #[arg(long, default_value = "boathook")]
    boathook: PathBuf,
    #[arg(long, default_value_t = 1000)]
    connections: u32,
    /// How long each kind goes on
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    #[arg(long, default_value_t = 18_999)]
    port: u16,
    /// One kind only; may be given again
    #[arg(long)]
    kind: Vec<Kind>,
}

/// How many connections ended with each status code, or how else.
type Ends = Arc<Mutex<BTreeMap<String, u32>>>;

impl SlowSenders {
    pub async fn run(self) -> Result<(), Box<dyn Error>> {
        allow_many_files()?;
        let directory = tempfile::tempdir()?;
        let mut handler = self.start(directory.path())?;
        let measured = self.measure(&handler).await;
        handler.kill().await?;
        measured
    }

    fn start(&self, directory: &Path) -> io::Result<Child> {
        let secret = directory.join("secret");
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&secret)?;
        file.write_all(b"not a secret, but long enough for this")?;
        let secrets = format!("[{{id: slow, file: {}}}]", secret.display());
        Command::new(&self.boathook)
            .args(["serve", "--config"])
            .arg(Path::new(ROOT).join("config"))
            .env("BOATHOOK__SERVER__LISTEN", format!("127.0.0.1:{}", self.port))
            .env("BOATHOOK__OPERATOR__SOCKET", directory.join("socket"))
            .env("BOATHOOK__STATE__DIRECTORY", directory.join("state"))
            .env("BOATHOOK__LOG__LEVEL", "error")
            .env("BOATHOOK__ENVIRONMENTS__DEVELOPMENT__SECRETS", secrets)
            .env("BOATHOOK__ENVIRONMENTS__STAGING__ENABLED", "false")
            .env("BOATHOOK__ENVIRONMENTS__PRODUCTION__ENABLED", "false")
            .kill_on_drop(true)
            .spawn()
    }

    async fn measure(&self, handler: &Child) -> Result<(), Box<dyn Error>> {
        let begun = Instant::now();
        while let Err(error) = self.health().await {
            if begun.elapsed() > PATIENCE {
                return Err(format!("the handler does not answer: {error}").into());
            }
            sleep(Duration::from_millis(100)).await;
        }
        let kinds = if self.kind.is_empty() { Kind::value_variants() } else { &self.kind };
        for kind in kinds {
            self.measure_kind(*kind, handler).await?;
        }
        Ok(())
    }

    async fn measure_kind(&self, kind: Kind, handler: &Child) -> Result<(), Box<dyn Error>> {
        let before = resident(handler)?;
        let ends = Ends::default();
        let first: Arc<str> = kind.sends_first().into();
        let mut senders = JoinSet::new();
        for number in 0..self.connections {
            senders.spawn(send_slowly(number, self.port, Arc::clone(&first), Arc::clone(&ends)));
        }
        let mut memory = Vec::new();
        let mut slowest = Duration::ZERO;
        for _ in 0..self.seconds {
            sleep(Duration::from_secs(1)).await;
            memory.push(resident(handler)?);
            slowest = slowest.max(self.health().await?);
        }
        senders.shutdown().await;
        sleep(PAUSE * 2).await;
        let (early, late) = memory.split_at(memory.len() / 2);
        let most = |of: &[f64]| of.iter().copied().fold(0.0, f64::max);
        let ends = ends.lock().unwrap_or_else(PoisonError::into_inner);
        let ends: Vec<_> = ends.iter().map(|(end, count)| format!("{count} {end}")).collect();
        println!(
            "{:>14}: {before:6.1} MiB before, {:6.1} at most in the first half, {:6.1} in the \
             second, {:6.1} after; health check within {} ms; {}",
            kind.to_possible_value().map_or_else(String::new, |kind| kind.get_name().to_owned()),
            most(early),
            most(late),
            resident(handler)?,
            slowest.as_millis(),
            ends.join(", "),
        );
        Ok(())
    }

    /// How long a health check takes.
    async fn health(&self) -> io::Result<Duration> {
        let begun = Instant::now();
        let answer = timeout(PATIENCE, async {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await?;
            stream
                .write_all(b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                .await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            io::Result::Ok(answer)
        });
        let answer = answer.await??;
        if !answer.starts_with("HTTP/1.1 200 ") {
            let line = answer.lines().next().unwrap_or_default();
            return Err(io::Error::other(format!("the health check was answered with {line:?}")));
        }
        Ok(begun.elapsed())
    }
}

/// One sender: a connection, and another a pause after it is closed.
async fn send_slowly(number: u32, port: u16, first: Arc<str>, ends: Ends) {
    let count = |end: String| {
        *ends.lock().unwrap_or_else(PoisonError::into_inner).entry(end).or_default() += 1;
    };
    loop {
        let end = match one_connection(number, port, &first, &count).await {
            Ok(answer) => end_of(&answer),
            Err(_) => "reset".to_owned(),
        };
        sleep(PAUSE).await;
        count(end);
    }
}

async fn one_connection(
    number: u32,
    port: u16,
    first: &str,
    count: &impl Fn(String),
) -> io::Result<Vec<u8>> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((address(number), 0)))?;
    let mut stream = socket.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    count("opened".to_owned());
    stream.write_all(first.as_bytes()).await?;
    let mut answer = vec![0; 4096];
    loop {
        match timeout(PAUSE, stream.read(&mut answer)).await {
            Ok(read) => {
                answer.truncate(read?);
                return Ok(answer);
            }
            Err(_) => stream.write_all(b"x").await?,
        }
    }
}

/// A status code, or `closed` where nothing was answered.
fn end_of(answer: &[u8]) -> String {
    let answer = String::from_utf8_lossy(answer);
    let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    status.unwrap_or("closed").to_owned()
}

/// An address on loopback for each sender.
fn address(number: u32) -> Ipv4Addr {
    let part = |of: u32| u8::try_from(1 + of % 250).unwrap_or(u8::MAX);
    Ipv4Addr::new(127, part(number / 250 / 250), part(number / 250), part(number))
}

/// MiB in memory.
fn resident(handler: &Child) -> Result<f64, Box<dyn Error>> {
    let id = handler.id().ok_or("boathook has ended")?;
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes =
        line.and_then(|line| line.split_whitespace().next()).ok_or("boathook has ended")?;
    Ok(kibibytes.parse::<f64>()? / 1024.0)
}

fn allow_many_files() -> io::Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    Ok(setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?)
}
