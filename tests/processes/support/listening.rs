//! The two listeners on real sockets, and the real binary beside them.

use std::{fs, net::SocketAddr, os::unix::net::UnixListener, path::PathBuf, time::Duration};

use actix_web::{HttpServer, dev::ServerHandle};
use boathook::{
    intake::Admission,
    server::{note_peer, operator_app, public_app},
};
use boathook_core::{clock::Clock, current::Current, record::Event};
use boathook_process::{Command, Exit, Finished, ProgramRunner, Runner};
use boathook_testing::harness::Harness;

/// A harness that listens.
pub struct Listening {
    pub harness: Harness,
    pub address: SocketAddr,
    pub socket: PathBuf,
    handles: Vec<ServerHandle>,
}

impl Listening {
    pub fn start() -> Self {
        Self::with(|_| {})
    }

    /// A harness with another admission than usual.
    pub fn with(change: impl FnOnce(&mut Admission)) -> Self {
        Self::of(Harness::with(|admission| {
            admission.clock = Clock::system();
            change(admission);
        }))
    }

    /// A harness whose streams of events are never silent for longer than this.
    pub fn beating(heartbeat: Duration) -> Self {
        let mut harness = Harness::with(|admission| admission.clock = Clock::system());
        harness.public.heartbeat = heartbeat;
        Self::of(harness)
    }

    fn of(harness: Harness) -> Self {
        let public = Current::fixed(harness.public.clone());
        let operators = Current::fixed(harness.operators());
        let public = HttpServer::new(move || public_app(public.clone()))
            .workers(1)
            .disable_signals()
            .bind("127.0.0.1:0")
            .unwrap();
        let address = public.addrs()[0];
        let socket = harness.dir.path().with_file_name("boathook.sock");
        let operator = HttpServer::new(move || operator_app(operators.clone()))
            .on_connect(note_peer)
            .workers(1)
            .disable_signals();
        let public = public.run();
        let operator = operator.listen_uds(UnixListener::bind(&socket).unwrap()).unwrap().run();
        let handles = vec![public.handle(), operator.handle()];
        tokio::spawn(public);
        tokio::spawn(operator);
        Self { harness, address, socket, handles }
    }

    pub async fn stop(self) {
        self.end().await;
    }

    /// The same after its end and a new beginning, with another admission.
    pub async fn changed(self, change: impl FnOnce(&mut Admission)) -> Self {
        let Self { harness, socket, .. } = self.end().await;
        fs::remove_file(socket).unwrap();
        Self::of(harness.changed_after_its_end(change).await)
    }

    async fn end(self) -> Self {
        for handle in &self.handles {
            handle.stop(false).await;
        }
        self
    }

    /// Plays these events once the next deployment is accepted.
    pub fn play_when_accepted(&self, events: Vec<Event>) {
        let journal = self.harness.journal.clone();
        let mut records = self.harness.journal.subscribe();
        tokio::spawn(async move {
            let accepted = records.recv().await.unwrap();
            boathook_testing::samples::append_all(&journal, &accepted.deployment, events).await;
        });
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// What the binary did.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Everything that it did, with the time of day taken out.
    pub fn transcript(&self) -> String {
        let lines = self.stderr.lines().map(without_time).collect::<Vec<_>>().join("\n");
        format!("exit {}\n--- stdout\n{}--- stderr\n{lines}", self.code, self.stdout)
    }
}

/// The line with `HH:MM:SSZ` at its beginning replaced.
pub fn without_time(line: &str) -> String {
    let is_time = line.len() > 9
        && line.as_bytes()[8] == b'Z'
        && line.as_bytes()[2] == b':'
        && line.as_bytes()[5] == b':'
        && line.as_bytes()[0].is_ascii_digit();
    if is_time { format!("TIME{}", &line[9..]) } else { line.to_owned() }
}

/// Runs a shell line in which `boathook` is the binary, with these variables.
pub async fn shell(script: &str, variables: &[(&str, &str)]) -> Ran {
    let directory = PathBuf::from(env!("CARGO_BIN_EXE_boathook")).parent().unwrap().to_owned();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", directory.display());
    let mut environment = vec![("PATH".to_owned(), path)];
    environment
        .extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let argv = ["sh", "-c", script].map(str::to_owned).to_vec();
    let command = Command {
        argv,
        directory: None,
        environment,
        timeout: Duration::from_secs(60),
        output_cap: 1 << 20,
        secret_output: false,
    };
    let Finished { exit, stdout, stderr, duration: _ } =
        ProgramRunner::default().run(command, None).await.unwrap();
    let Exit::Code(code) = exit else { panic!("{script}: {exit}\n{}", stderr.text()) };
    Ran { code, stdout: stdout.text().into_owned(), stderr: stderr.text().into_owned() }
}
