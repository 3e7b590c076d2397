//! A runner that records each program before it runs and after, without secrets.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use boathook_core::record::{CommandEvent, CommandExit};
use boathook_process::{Captured, Command, Exit, Finished, RunError, Runner};
use futures_util::{FutureExt, future::BoxFuture};
use tokio::{sync::mpsc, time::Instant};

use crate::{engine::recorder::Recorder, redact::Redactor};

/// Output of a successful program is recorded up to this many bytes per stream; above it, only its
/// length is.
const KEPT_ON_SUCCESS: usize = 512;
/// Bytes of each stream that are recorded when a program fails.
const TAIL_FAILED: usize = 4096;

/// Runs programs for one deployment.
pub(super) struct Audited {
    runner: Arc<dyn Runner>,
    redactor: Redactor,
    recorder: Recorder,
    count: AtomicU32,
}

impl Audited {
    /// `started` counts the programs that the deployment has run so far.
    pub(super) fn new(
        runner: Arc<dyn Runner>,
        redactor: Redactor,
        recorder: Recorder,
        started: u32,
    ) -> Self {
        Self { runner, redactor, recorder, count: AtomicU32::new(started) }
    }

    async fn run_recorded(
        &self,
        command: Command,
        lines: Option<mpsc::Sender<String>>,
    ) -> Result<Finished, RunError> {
        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let program = command.argv.first().cloned().unwrap_or_default();
        let unrecorded = |_| RunError::Io {
            program: program.clone(),
            source: io::Error::other("the journal cannot be written"),
        };
        let secret_output = command.secret_output;
        let start = CommandEvent::CommandStarted { command: number, argv: command.argv.clone() };
        // The guard exists before the start is given to the recorder: it is written although its
        // future was dropped.
        let mut abandoned =
            Abandoned { command: Some(number), began: None, recorder: &self.recorder };
        if let Err(error) = self.recorder.record(start).await {
            abandoned.not_so();
            return Err(unrecorded(error));
        }
        abandoned.began = Some(Instant::now());
        let mut result = self.runner.run(command, lines).await;
        if let Ok(finished) = &mut result {
            // Standard output is returned unchanged: it is parsed, not shown.
            finished.stderr = clean(&finished.stderr, &self.redactor);
        }
        abandoned.not_so();
        self.recorder.add(self.ended(number, &result, secret_output)).await;
        result
    }
}

impl Audited {
    /// `result`, with secrets already removed from its stderr.
    fn ended(
        &self,
        command: u32,
        result: &Result<Finished, RunError>,
        secret_output: bool,
    ) -> CommandEvent {
        match result {
            Ok(finished) => {
                let kept = if finished.is_success() {
                    in_short
                } else {
                    |stream: &Captured| stream.tail(TAIL_FAILED)
                };
                CommandEvent::CommandEnded {
                    command,
                    exit: recorded(finished.exit),
                    duration_ms: milliseconds(finished.duration),
                    stdout: if secret_output {
                        length(&finished.stdout)
                    } else {
                        kept(&clean(&finished.stdout, &self.redactor))
                    },
                    stderr: kept(&finished.stderr),
                }
            }
            Err(error) => CommandEvent::CommandEnded {
                command,
                exit: CommandExit::NotRun(error.to_string()),
                duration_ms: 0,
                stdout: String::new(),
                stderr: String::new(),
            },
        }
    }
}

impl Runner for Audited {
    fn run(
        &self,
        command: Command,
        lines: Option<mpsc::Sender<String>>,
    ) -> BoxFuture<'_, Result<Finished, RunError>> {
        self.run_recorded(command, lines).boxed()
    }
}

/// A stream without secrets. If it was cut, the incomplete line is dropped: half a secret would not
/// be recognised.
fn clean(stream: &Captured, redactor: &Redactor) -> Captured {
    let whole = match (stream.cut, stream.bytes.iter().rposition(|byte| *byte == b'\n')) {
        (0, _) => stream.bytes.len(),
        (_, line_break) => line_break.map_or(0, |at| at + 1),
    };
    let (kept, left) = stream.bytes.split_at(whole);
    let text = redactor.text(&String::from_utf8_lossy(kept)).into_owned();
    Captured { bytes: text.into_bytes(), cut: stream.cut + left.len() as u64 }
}

fn in_short(stream: &Captured) -> String {
    if stream.bytes.len() <= KEPT_ON_SUCCESS && stream.cut == 0 {
        stream.text().into_owned()
    } else {
        length(stream)
    }
}

fn length(stream: &Captured) -> String {
    format!("[{} bytes]", stream.bytes.len() as u64 + stream.cut)
}

const fn recorded(exit: Exit) -> CommandExit {
    match exit {
        Exit::Code(code) => CommandExit::Code(code),
        Exit::Signal(signal) => CommandExit::Signal(signal),
        Exit::TimedOut => CommandExit::TimedOut,
        Exit::Stopped => CommandExit::Stopped,
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Reports a program whose future was dropped, such as the log of an application that nobody reads any more.
struct Abandoned<'a> {
    command: Option<u32>,
    /// When it was started; none until its start is recorded.
    began: Option<Instant>,
    recorder: &'a Recorder,
}

impl Abandoned<'_> {
    fn not_so(mut self) {
        self.command = None;
    }
}

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        let Some(command) = self.command else { return };
        let exit = match self.began {
            Some(_) => CommandExit::Stopped,
            None => CommandExit::stopped_before_its_start(),
        };
        let duration_ms = self.began.map_or(0, |began| milliseconds(began.elapsed()));
        self.recorder.add_at_once(CommandEvent::CommandEnded {
            command,
            exit,
            duration_ms,
            stdout: String::new(),
            stderr: String::new(),
        });
    }
}
