//! Runs real programs.

use std::{io, path::Path, pin::pin, time::Duration};

use futures_util::{
    FutureExt,
    future::{BoxFuture, pending},
};
use rustix::process::Signal;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, sleep, sleep_until, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Captured, Command, Exit, Finished, RunError, Runner,
    drain::Drain,
    group::{Group, Started},
    groups::Groups,
    lookup::{check_directory, find_program},
};

/// How long to retry a program whose file is still open for writing.
const BUSY_FOR: Duration = Duration::from_secs(2);
/// The pause between these retries.
const BUSY_PAUSE: Duration = Duration::from_millis(50);

/// Starts programs on this machine, each in a process group of its own.
///
/// A run is over when the program has exited and its output is read. At the deadline, or when the
/// receiver of its lines is closed, the group gets TERM, and KILL after the grace time. Processes
/// that outlive the program get the grace time to finish their output, and then KILL. When the run
/// returns, every process of the group has ended and is reaped.
#[derive(Clone, Debug)]
pub struct ProgramRunner {
    grace: Duration,
    groups: Groups,
}

type ExitReceiver = oneshot::Receiver<io::Result<Exit>>;

impl ProgramRunner {
    /// A runner that waits `grace` between TERM and KILL.
    #[must_use]
    pub fn new(grace: Duration) -> Self {
        Self { grace, groups: Groups::default() }
    }

    /// A runner whose programs can be killed apart from the others of this one, and with them.
    #[must_use]
    pub fn within(&self) -> Self {
        Self { grace: self.grace, groups: self.groups.within() }
    }

    /// Starts nothing from that time on. It may be put off until it has come.
    pub fn stop_at(&self, time: Instant) {
        self.groups.close_at(time);
    }

    /// Kills every process group that this runner, its clones and those within it have started, and
    /// starts nothing any more. Does not wait for their ends.
    pub fn kill_all(&self) {
        self.groups.close();
    }
}

impl Default for ProgramRunner {
    fn default() -> Self {
        Self::new(Duration::from_secs(5))
    }
}

impl Runner for ProgramRunner {
    fn run(
        &self,
        command: Command,
        lines: Option<mpsc::Sender<String>>,
    ) -> BoxFuture<'_, Result<Finished, RunError>> {
        self.run_program(command, lines).boxed()
    }
}

impl ProgramRunner {
    async fn run_program(
        &self,
        command: Command,
        lines: Option<mpsc::Sender<String>>,
    ) -> Result<Finished, RunError> {
        if self.groups.are_closed() {
            return Err(RunError::Stopped { program: command.program().to_owned() });
        }
        check_directory(&command)?;
        let path = find_program(&command)?;
        let run = Run {
            cap: command.output_cap,
            begun: Instant::now(),
            timeout: command.timeout,
            grace: self.grace,
            lines,
        };
        self.run_found(&run, &command, &path)
            .await
            .map_err(|source| RunError::Io { program: command.program().to_owned(), source })
    }

    async fn run_found(&self, run: &Run, command: &Command, path: &Path) -> io::Result<Finished> {
        let (started, thread) = start(command, path, &self.groups).await?;
        let finished = run.follow(started).await;
        // The group is dropped by now, so this waits only for reaping. A process in uninterruptible
        // sleep does not even end by KILL; the thread goes on waiting for it.
        drop(timeout(self.grace, thread).await);
        finished
    }
}

/// Starts a program. Retries while its file is open for writing, for example during an upgrade.
async fn start(
    command: &Command,
    path: &Path,
    groups: &Groups,
) -> io::Result<(Started, JoinHandle<()>)> {
    let deadline = Instant::now() + BUSY_FOR.min(command.timeout);
    loop {
        let (started, thread) = Group::start(command.clone(), path.to_owned(), groups.clone());
        match started
            .await
            .unwrap_or_else(|_| Err(io::Error::other("the thread that starts programs has gone")))
        {
            Err(error)
                if error.kind() == io::ErrorKind::ExecutableFileBusy
                    && Instant::now() < deadline =>
            {
                sleep(BUSY_PAUSE).await
            }
            started => return Ok((started?, thread)),
        }
    }
}

/// One run: its limits, and the receiver of its lines.
struct Run {
    cap: usize,
    begun: Instant,
    timeout: Duration,
    grace: Duration,
    lines: Option<mpsc::Sender<String>>,
}

impl Run {
    async fn follow(&self, started: Started) -> io::Result<Finished> {
        let Started { group, stdout, stderr, exit } = started;
        let ended = CancellationToken::new();
        let drained = CancellationToken::new();
        let stdout = Drain::new(stdout, ended.clone())?;
        let stderr = Drain::new(stderr, ended.clone())?;
        let mut out = Captured::default();
        let mut err = Captured::default();
        let read = async {
            let read = tokio::try_join!(
                self.read_stdout(stdout, &mut out),
                stderr.capture(&mut err, self.cap)
            );
            drained.cancel();
            if let Err(error) = read { Err(error) } else { pending().await }
        };
        let exit = tokio::select! {
            exit = self.end(&group, exit, &ended, &drained) => exit?,
            error = read => error?,
        };
        Ok(Finished { exit, stdout: out, stderr: err, duration: self.begun.elapsed() })
    }

    async fn read_stdout(&self, stdout: Drain, captured: &mut Captured) -> io::Result<()> {
        match &self.lines {
            Some(lines) => stdout.hand_over(lines, captured).await,
            None => stdout.capture(captured, self.cap).await,
        }
    }

    /// Waits until the program and its output have ended, and kills what is left.
    async fn end(
        &self,
        group: &Group,
        exit: ExitReceiver,
        ended: &CancellationToken,
        drained: &CancellationToken,
    ) -> io::Result<Exit> {
        let exit = self.await_exit(group, exit).await?;
        drop(timeout(self.grace, drained.cancelled()).await);
        group.signal(Signal::KILL);
        ended.cancel();
        // Only a receiver that does not take its lines makes this wait.
        let last_moment = (self.begun + self.timeout).max(Instant::now() + self.grace);
        drop(timeout_at(last_moment, drained.cancelled()).await);
        Ok(exit)
    }

    async fn await_exit(&self, group: &Group, exit: ExitReceiver) -> io::Result<Exit> {
        let mut exit = pin!(exit.map(|exit| {
            exit.unwrap_or_else(|_| Err(io::Error::other("the thread that waits has gone")))
        }));
        let forced = tokio::select! {
            biased;
            exit = &mut exit => return exit,
            () = sleep_until(self.begun + self.timeout) => Exit::TimedOut,
            () = self.nobody_listens() => Exit::Stopped,
        };
        group.signal(Signal::TERM);
        if timeout(self.grace, &mut exit).await.is_err() {
            group.signal(Signal::KILL);
        }
        Ok(forced)
    }

    async fn nobody_listens(&self) {
        match &self.lines {
            Some(lines) => lines.closed().await,
            None => pending().await,
        }
    }
}
