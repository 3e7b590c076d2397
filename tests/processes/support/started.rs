//! Programs that run beside a test until they are stopped. Holds no test.

use std::{
    net::Ipv4Addr,
    path::PathBuf,
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

use boathook_process::{Command, Exit, ProgramRunner, Runner as _};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{sync::mpsc, task::JoinHandle};

/// How long a program may take to end.
const DEADLINE: Duration = Duration::from_secs(60);

/// A program that runs until it is stopped, or the test ends.
pub struct Started {
    pub pid: i32,
    ended: JoinHandle<Exit>,
    _lines: mpsc::Receiver<String>,
}

impl Started {
    /// Starts a shell line that becomes the program.
    pub async fn start(line: &str, environment: Vec<(String, String)>) -> Self {
        let (sender, mut lines) = mpsc::channel(1000);
        let command = Command {
            argv: ["sh", "-c", &format!("echo $$; exec {line}")].map(str::to_owned).to_vec(),
            directory: Some(PathBuf::from(env!("CARGO_MANIFEST_DIR"))),
            environment,
            timeout: DEADLINE * 3,
            output_cap: 1 << 20,
            secret_output: false,
        };
        let ended = tokio::spawn(async move {
            let finished = ProgramRunner::default().run(command, Some(sender)).await.unwrap();
            eprintln!("{}", finished.stderr.text());
            finished.exit
        });
        let pid = lines.recv().await.unwrap().parse().unwrap();
        Self { pid, ended, _lines: lines }
    }

    /// Stops it as systemd does.
    pub async fn terminate(self) -> Exit {
        self.end_by(Signal::TERM).await
    }

    /// Ends it as a power cut does.
    pub async fn kill(self) -> Exit {
        self.end_by(Signal::KILL).await
    }

    /// Waits until it has ended.
    pub async fn ended(self) -> Exit {
        tokio::time::timeout(DEADLINE, self.ended).await.expect("it ends in time").unwrap()
    }

    async fn end_by(self, signal: Signal) -> Exit {
        kill_process(Pid::from_raw(self.pid).unwrap(), signal).unwrap();
        self.ended().await
    }
}

/// An address on loopback that no other test has: it is made of this process's id.
pub fn own_address() -> String {
    static PORT: AtomicU16 = AtomicU16::new(18_080);
    let [_, a, b, c] = (std::process::id() & 0x00ff_ffff).to_be_bytes();
    format!("{}:{}", Ipv4Addr::new(127, a, b, c), PORT.fetch_add(1, Ordering::Relaxed))
}
