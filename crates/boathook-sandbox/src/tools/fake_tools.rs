//! The runner that answers from the simulated cluster instead of starting programs.

use std::time::Duration;

use boathook_core::duration_text;
use boathook_process::{Captured, Command, Exit, Finished, RunError, Runner};
use futures_util::future::BoxFuture;
use tokio::{
    sync::mpsc::Sender,
    time::{Instant, sleep, timeout, timeout_at},
};

use crate::{
    Caller, Cluster, Fault, Kind, Status,
    tools::{
        crictl::{self, Crictl},
        ctr::Ctr,
        get,
        kubectl::Kubectl,
        logs,
        output::Output,
        refusal,
    },
};

/// How long kubectl waits by default for a server that accepts connections but does not answer.
const HANDSHAKE: Duration = Duration::from_secs(15);

/// The pause between two reads of a log that is followed.
const LOOK_FOR_MORE: Duration = Duration::from_millis(500);

/// How long kubectl tries if it is put off a second each time.
const PUT_OFF: Duration = Duration::from_secs(10);

/// kubectl, crictl and ctr (also as `k3s kubectl` and so on), on a simulated cluster.
#[derive(Clone, Debug)]
pub struct FakeTools {
    cluster: Cluster,
    caller: Caller,
}

/// One run.
struct Run<'a> {
    tools: &'a FakeTools,
    command: &'a Command,
    program: Program,
    fault: Option<Fault>,
}

enum Program {
    Kubectl(Kubectl),
    Crictl(Crictl),
    Ctr(Ctr),
}

impl FakeTools {
    /// The tools of the administrator.
    #[must_use]
    pub fn new(cluster: Cluster) -> Self {
        Self { cluster, caller: Caller::admin() }
    }

    /// The same tools with another user's credentials.
    #[must_use]
    pub fn as_caller(&self, caller: Caller) -> Self {
        Self { cluster: self.cluster.clone(), caller }
    }

    /// The end of a run: its output, or the fault that ended it.
    async fn end(
        &self,
        command: &Command,
        lines: Option<&Sender<String>>,
    ) -> Result<Result<Output, Exit>, RunError> {
        self.cluster.note_command(&command.argv);
        let not_found = |program: &str| RunError::NotFound { program: program.to_owned() };
        let Some((name, rest)) = split_program(&command.argv) else { return Err(not_found("")) };
        let program = match name {
            "kubectl" => Kubectl::parse(rest).map(Program::Kubectl),
            "crictl" => Crictl::parse(rest).map(Program::Crictl),
            "ctr" => Ok(Program::Ctr(Ctr::parse(rest))),
            other => return Err(not_found(other)),
        };
        let program = match program {
            Ok(program) => program,
            Err(output) => return Ok(Ok(output)),
        };
        let fault = self.cluster.strike(&program.words());
        if fault == Some(Fault::NotInstalled) {
            return Err(not_found(name));
        }
        sleep(self.cluster.settings().timings.command).await;
        Ok(Run { tools: self, command, program, fault }.end(lines).await)
    }
}

impl Runner for FakeTools {
    fn run(
        &self,
        command: Command,
        lines: Option<Sender<String>>,
    ) -> BoxFuture<'_, Result<Finished, RunError>> {
        Box::pin(async move {
            let begun = Instant::now();
            let ended = timeout(command.timeout, self.end(&command, lines.as_ref())).await;
            let (output, exit) = match ended {
                Err(_) => (Output::default(), Exit::TimedOut),
                Ok(result) => match result? {
                    Ok(output) => {
                        let exit = Exit::Code(output.code);
                        (output, exit)
                    }
                    Err(exit) => (Output::default(), exit),
                },
            };
            let stdout = match lines {
                Some(lines) => {
                    hand_over(&lines, &output.stdout).await;
                    String::new()
                }
                None => output.stdout,
            };
            let captured = |text: &str| capture(text, command.output_cap);
            Ok(Finished {
                exit,
                stdout: captured(&stdout),
                stderr: captured(&output.stderr),
                duration: begun.elapsed(),
            })
        })
    }
}

impl Program {
    fn words(&self) -> Vec<&str> {
        match self {
            Self::Kubectl(kubectl) => kubectl.words(),
            Self::Crictl(crictl) => crictl.words(),
            Self::Ctr(ctr) => ctr.words(),
        }
    }
}

impl Run<'_> {
    async fn end(&self, lines: Option<&Sender<String>>) -> Result<Output, Exit> {
        let time = self.tools.cluster.time();
        match &self.fault {
            None => self.work(lines).await,
            Some(Fault::KilledAfter) if !self.watches() => {
                let _done = self.work(None).await;
                Err(Exit::Signal(9))
            }
            // A watch has no work that could be done before.
            Some(Fault::Killed | Fault::KilledAfter | Fault::NotInstalled) => Err(Exit::Signal(9)),
            Some(Fault::WatchEnds) => Ok(Output::default()),
            Some(Fault::Exit(stderr)) => Ok(Output::failed(stderr)),
            Some(Fault::NotDone) if self.changes() => Ok(self.try_quietly()),
            Some(Fault::OnlyTried) if self.changes() => Ok(self.only_try()),
            // There is nothing that it could have done.
            Some(Fault::NotDone | Fault::OnlyTried) => self.work(lines).await,
            Some(Fault::Hang) => self.hang(&time).await,
            Some(Fault::Unresponsive) => self.give_up().await,
            Some(Fault::Unreachable) => Ok(self.unreachable(&time)),
            Some(Fault::Unauthorized) => Ok(refusal::print(&Status::unauthorized())),
            Some(Fault::Expired) => Ok(refusal::print(&Status::expired(1, 2))),
            Some(Fault::Throttled) => Ok(refusal::print(&Status::throttled())),
            Some(Fault::PutOff(code)) => {
                sleep(PUT_OFF).await;
                Ok(refusal::print(&Status::put_off(*code)))
            }
            Some(Fault::WebhookAway) => Ok(refusal::print(&Status::webhook_away())),
            Some(Fault::Conflict) => Ok(refusal::print(&self.conflict())),
        }
    }

    fn watches(&self) -> bool {
        match &self.program {
            Program::Kubectl(kubectl) => kubectl.watches(),
            Program::Crictl(_) | Program::Ctr(_) => false,
        }
    }

    /// Whether it is a run of kubectl that changes something.
    fn changes(&self) -> bool {
        matches!(&self.program, Program::Kubectl(kubectl) if kubectl.changes())
    }

    fn only_try(&self) -> Output {
        let FakeTools { cluster, caller } = self.tools;
        match &self.program {
            Program::Kubectl(kubectl) => {
                kubectl.dry().run(cluster, caller, self.command.directory.as_deref())
            }
            Program::Crictl(_) | Program::Ctr(_) => Output::default(),
        }
    }

    /// A patch gives the object as it is, an apply says that it did what it only tried.
    fn try_quietly(&self) -> Output {
        let FakeTools { cluster, caller } = self.tools;
        match &self.program {
            Program::Kubectl(kubectl) if kubectl.verb == "patch" => {
                get::run(cluster, caller, &kubectl.arguments)
            }
            _ => {
                let Output { code, stdout, stderr } = self.only_try();
                Output { code, stdout: stdout.replace(" (server dry run)", ""), stderr }
            }
        }
    }

    async fn work(&self, lines: Option<&Sender<String>>) -> Result<Output, Exit> {
        let FakeTools { cluster, caller } = self.tools;
        match &self.program {
            Program::Crictl(crictl) => Ok(crictl.run(cluster, &cluster.time())),
            Program::Ctr(ctr) => Ok(ctr.run(cluster)),
            Program::Kubectl(kubectl) if kubectl.watches() => self.watch(kubectl, lines).await,
            Program::Kubectl(kubectl) if kubectl.follows() => self.follow(kubectl, lines).await,
            Program::Kubectl(kubectl) => {
                Ok(kubectl.run(cluster, caller, self.command.directory.as_deref()))
            }
        }
    }

    async fn watch(
        &self,
        kubectl: &Kubectl,
        lines: Option<&Sender<String>>,
    ) -> Result<Output, Exit> {
        let FakeTools { cluster, caller } = self.tools;
        let arguments = &kubectl.arguments;
        let mut watch = match get::watch(cluster, caller, arguments) {
            Ok(watch) => watch,
            Err(output) => return Ok(output),
        };
        let ends = Instant::now()
            + limit(arguments.flag("request-timeout")).unwrap_or(Duration::from_secs(86_400));
        let mut printed = String::new();
        loop {
            let event = tokio::select! {
                event = timeout_at(ends, watch.next()) => event.ok().flatten(),
                () = closed(lines) => return Err(Exit::Stopped),
            };
            let Some(event) = event else { return Ok(Output::printed(printed)) };
            let text = get::event_text(&event, arguments);
            match lines {
                Some(lines) => hand_over(lines, &text).await,
                None => printed += &text,
            }
        }
    }

    async fn follow(
        &self,
        kubectl: &Kubectl,
        lines: Option<&Sender<String>>,
    ) -> Result<Output, Exit> {
        let FakeTools { cluster, caller } = self.tools;
        let mut logs = match logs::begin(cluster, caller, &kubectl.arguments) {
            Ok(logs) => logs,
            Err(output) => return Ok(output),
        };
        let mut printed = String::new();
        while logs.go_on() {
            match (logs.more(cluster, caller), lines) {
                (Ok(text), Some(lines)) => hand_over(lines, &text).await,
                (Ok(text), None) => printed += &text,
                (Err(status), _) => return Ok(refusal::print(&status)),
            }
            tokio::select! {
                () = sleep(LOOK_FOR_MORE) => {}
                () = closed(lines) => return Err(Exit::Stopped),
            }
        }
        Ok(Output::printed(printed))
    }

    /// Hangs for ever; only a pull with its own time limit returns.
    async fn hang(&self, time: &str) -> Result<Output, Exit> {
        let own = match &self.program {
            Program::Crictl(crictl) => crictl.pull_timeout(),
            Program::Kubectl(_) | Program::Ctr(_) => None,
        };
        sleep(own.unwrap_or(self.command.timeout.saturating_mul(2))).await;
        let image = self.program.words().last().copied().unwrap_or_default().to_owned();
        let why = format!(
            "rpc error: code = DeadlineExceeded desc = failed to pull and unpack image \
             \"{image}\": context deadline exceeded"
        );
        Ok(crictl::pull_failed(time, &image, &why))
    }

    /// The server takes the connection and says nothing: kubectl gives up, after twice the time
    /// that it was given.
    async fn give_up(&self) -> Result<Output, Exit> {
        let given = match &self.program {
            Program::Kubectl(kubectl) => limit(kubectl.arguments.flag("request-timeout")),
            Program::Crictl(_) | Program::Ctr(_) => None,
        };
        sleep(given.map_or(HANDSHAKE, |given| given * 2)).await;
        let why = given.map_or(
            "net/http: TLS handshake timeout",
            |_| "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
        );
        Ok(Output::failed(format!("Unable to connect to the server: {why}")))
    }

    fn unreachable(&self, time: &str) -> Output {
        match &self.program {
            Program::Crictl(_) | Program::Ctr(_) => crictl::unreachable(time),
            Program::Kubectl(kubectl) => refusal::unreachable(
                time,
                &kubectl.verb,
                kubectl.arguments.flag("filename").unwrap_or_default(),
            ),
        }
    }

    fn conflict(&self) -> Status {
        let words = self.program.words();
        let kind = words.get(2).and_then(|word| Kind::by_word(word)).unwrap_or(Kind::Service);
        Status::conflict(kind, words.get(3).copied().unwrap_or_default())
    }
}

/// The program's name without its folder, and its own arguments; `k3s` is looked through.
fn split_program(argv: &[String]) -> Option<(&str, &[String])> {
    let (first, rest) = argv.split_first()?;
    let name = first.rsplit('/').next().unwrap_or(first);
    if name == "k3s" { split_program(rest) } else { Some((name, rest)) }
}

/// A time limit; none if it is missing or 0, which means no limit.
fn limit(text: Option<&str>) -> Option<Duration> {
    duration_text::parse(text?).ok().filter(|limit| !limit.is_zero())
}

async fn closed(lines: Option<&Sender<String>>) {
    match lines {
        Some(lines) => lines.closed().await,
        None => std::future::pending().await,
    }
}

async fn hand_over(lines: &Sender<String>, text: &str) {
    for line in text.lines() {
        // If the receiver is closed, no more lines are needed; the run ends by itself.
        if lines.send(line.to_owned()).await.is_err() {
            return;
        }
    }
}

fn capture(text: &str, cap: usize) -> Captured {
    let bytes = text.as_bytes();
    let kept = bytes.len().min(cap);
    Captured { bytes: bytes[..kept].to_vec(), cut: (bytes.len() - kept) as u64 }
}
