//! How the programs are run: where they are, and their environment.

use std::{path::PathBuf, sync::Arc, time::Duration};

use boathook_core::rollout::Timeouts;
use boathook_process::{Captured, Command, Exit, Finished, Runner};
use tokio::sync::mpsc;

use crate::cluster::{Accepted, ClusterError, Reads};

/// The maximum length of an argument list in an error.
const PROGRAM_MAX: usize = 120;

/// Where the programs are, and their environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tools {
    /// The words that begin a kubectl command, such as `["kubectl"]` or `["k3s", "kubectl"]`.
    pub kubectl: Vec<String>,
    /// The words that begin a crictl command, such as `["crictl"]` or `["k3s", "crictl"]`.
    pub crictl: Vec<String>,
    /// The words that begin a ctr command, such as `["ctr"]` or `["k3s", "ctr"]`.
    pub ctr: Vec<String>,
    /// Arguments appended to every kubectl command, such as its log level.
    pub kubectl_flags: Vec<String>,
    /// The whole environment of both; nothing is inherited.
    pub environment: Vec<(String, String)>,
    /// Bytes of output kept of each stream.
    pub output_cap_bytes: usize,
}

/// The cluster and the node's images, as one deployment reaches them.
#[derive(Clone)]
pub struct Cluster {
    runner: Arc<dyn Runner>,
    pub(super) reads: Reads,
    pub(super) tools: Arc<Tools>,
    pub(super) timeouts: Timeouts,
}

impl Cluster {
    /// Changes the cluster through `runner`, and reads it through `reads`.
    #[must_use]
    pub fn new(
        runner: Arc<dyn Runner>,
        reads: Reads,
        tools: Arc<Tools>,
        timeouts: Timeouts,
    ) -> Self {
        Self { runner, reads, tools, timeouts }
    }

    pub(super) async fn kubectl(
        &self,
        arguments: &[&str],
        timeout: Duration,
    ) -> Result<Captured, ClusterError> {
        self.tools.check_kubeconfig().await?;
        self.succeed(self.kubectl_command(arguments, timeout)).await
    }

    /// The same for a command that asks no cluster, and so needs no kubeconfig.
    pub(super) async fn kubectl_alone(
        &self,
        arguments: &[&str],
        timeout: Duration,
    ) -> Result<Captured, ClusterError> {
        self.succeed(self.kubectl_command(arguments, timeout)).await
    }

    /// The same, for output with secrets that the redactor does not know yet.
    pub(super) async fn kubectl_alone_secretly(
        &self,
        arguments: &[&str],
        timeout: Duration,
    ) -> Result<Captured, ClusterError> {
        let command = self.command(&self.tools.kubectl, arguments, timeout);
        self.succeed(Command { secret_output: true, ..command }).await
    }

    /// Sends something to the API server, from files in a directory if it names one.
    pub(super) async fn kubectl_send(
        &self,
        directory: Option<PathBuf>,
        arguments: &[&str],
        timeout: Duration,
    ) -> Result<Accepted<Captured>, ClusterError> {
        self.tools.check_kubeconfig().await?;
        let command = Command { directory, ..self.kubectl_command(arguments, timeout) };
        let Finished { stdout, stderr, .. } = self.finish(command).await?;
        Ok(Accepted::of(stdout, &stderr))
    }

    pub(super) async fn crictl(
        &self,
        arguments: &[&str],
        timeout: Duration,
    ) -> Result<Captured, ClusterError> {
        self.succeed(self.command(&self.tools.crictl, arguments, timeout)).await
    }

    pub(super) async fn ctr(
        &self,
        arguments: &[&str],
        timeout: Duration,
    ) -> Result<Captured, ClusterError> {
        self.succeed(self.command(&self.tools.ctr, arguments, timeout)).await
    }

    pub(super) async fn program(
        &self,
        words: &[String],
        arguments: &[&str],
        timeout: Duration,
    ) -> Result<Captured, ClusterError> {
        self.succeed(self.command(words, arguments, timeout)).await
    }

    /// Runs kubectl and sends its lines until the receiver is dropped, it ends, or its deadline
    /// passes. None of these is a failure; the exit says which it was.
    pub(super) async fn kubectl_lines(
        &self,
        arguments: &[&str],
        timeout: Duration,
        lines: mpsc::Sender<String>,
    ) -> Result<Exit, ClusterError> {
        self.tools.check_kubeconfig().await?;
        let command = self.kubectl_command(arguments, timeout);
        let program = self.named(&command.argv);
        let finished = self.runner.run(command, Some(lines)).await?;
        match finished.exit {
            exit @ (Exit::Code(0) | Exit::TimedOut | Exit::Stopped) => Ok(exit),
            Exit::Code(_) | Exit::Signal(_) => Err(ClusterError::of(program, &finished)),
        }
    }

    /// Runs kubectl; a failure may be a valid answer.
    pub(super) async fn run_kubectl(
        &self,
        arguments: &[&str],
        timeout: Duration,
    ) -> Result<Finished, ClusterError> {
        self.tools.check_kubeconfig().await?;
        Ok(self.runner.run(self.kubectl_command(arguments, timeout), None).await?)
    }

    /// The same with files in `directory` and further variables, for output that shows whole objects.
    pub(super) async fn kubectl_secretly(
        &self,
        directory: PathBuf,
        arguments: &[&str],
        environment: [(String, String); 2],
        timeout: Duration,
    ) -> Result<Captured, ClusterError> {
        self.tools.check_kubeconfig().await?;
        let mut command = Command {
            directory: Some(directory),
            secret_output: true,
            ..self.kubectl_command(arguments, timeout)
        };
        command.environment.extend(environment);
        self.succeed(command).await
    }

    async fn succeed(&self, command: Command) -> Result<Captured, ClusterError> {
        Ok(self.finish(command).await?.stdout)
    }

    /// Runs a program to a successful end.
    async fn finish(&self, command: Command) -> Result<Finished, ClusterError> {
        let program = self.named(&command.argv);
        let finished = self.runner.run(command, None).await?;
        let whole = finished.is_success() && finished.stdout.cut == 0;
        match finished {
            finished if whole => Ok(finished),
            Finished { stdout, exit: Exit::Code(0), .. } => Err(too_long(program, &stdout)),
            finished => Err(ClusterError::of(program, &finished)),
        }
    }

    /// The command for an error, without the arguments common to all.
    fn named(&self, argv: &[String]) -> String {
        let words: Vec<String> =
            argv.iter().filter(|word| !self.tools.kubectl_flags.contains(word)).cloned().collect();
        short(&words)
    }

    fn kubectl_command(&self, arguments: &[&str], timeout: Duration) -> Command {
        let arguments: Vec<&str> = arguments
            .iter()
            .copied()
            .chain(self.tools.kubectl_flags.iter().map(String::as_str))
            .collect();
        self.command(&self.tools.kubectl, &arguments, timeout)
    }

    fn command(&self, tool: &[String], arguments: &[&str], timeout: Duration) -> Command {
        Command {
            argv: tool
                .iter()
                .cloned()
                .chain(arguments.iter().map(|&word| word.to_owned()))
                .collect(),
            directory: None,
            environment: self.tools.environment.clone(),
            timeout,
            output_cap: self.tools.output_cap_bytes,
            secret_output: false,
        }
    }
}

/// The error of a program whose output was cut.
fn too_long(program: String, stdout: &Captured) -> ClusterError {
    let kept = stdout.bytes.len();
    let cut = stdout.cut;
    let reason = format!("it printed more than {kept} bytes, and {cut} were cut");
    ClusterError::Unreadable { program, reason }
}

/// The first arguments that fit, each complete: a cut argument could be half a secret, which the
/// redactor would not recognise.
fn short(argv: &[String]) -> String {
    let text = argv.join(" ");
    let ends = argv.iter().scan(0, |end, word| {
        *end += word.len() + 1;
        Some(*end - 1)
    });
    match ends.take_while(|end| *end <= PROGRAM_MAX).last() {
        Some(end) if end == text.len() => text,
        fits => format!("{} ...", &text[..fits.unwrap_or(0)]),
    }
}
