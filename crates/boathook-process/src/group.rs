//! A started program and its process group: signals reach every descendant that stayed in the
//! group, and no zombie is left.
//!
//! The leader is reaped only after the last signal was sent, so the group's id cannot have been
//! given to anyone else.

use std::{
    convert::Infallible,
    io::{self, PipeReader, pipe},
    os::unix::process::CommandExt,
    path::Path,
    sync::mpsc,
};

use duct::{Expression, Handle};
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process_group, waitid,
};
use tokio::{sync::oneshot, task::JoinHandle};

use crate::{Command, Exit, groups::Groups};

/// A program that runs in a group of its own. Dropping it kills the whole group.
pub(super) struct Group {
    leader: Pid,
    /// While this is held the leader is not reaped.
    _unreaped: mpsc::Sender<Infallible>,
}

/// What the runner gets when a program has started.
pub(super) struct Started {
    /// The group, to signal.
    pub group: Group,
    /// The read end of its standard output.
    pub stdout: PipeReader,
    /// The read end of its standard error.
    pub stderr: PipeReader,
    /// How the leader ended, once it has.
    pub exit: oneshot::Receiver<io::Result<Exit>>,
}

impl Group {
    /// Starts a program on a thread that then waits for it; the thread ends when the program was
    /// reaped.
    ///
    /// Where the receiver is dropped before the program has started, it is killed as soon as it
    /// has.
    pub fn start(
        command: Command,
        path: impl AsRef<Path> + Send + 'static,
        groups: Groups,
    ) -> (oneshot::Receiver<io::Result<Started>>, JoinHandle<()>) {
        let (send_started, started) = oneshot::channel();
        let thread = tokio::task::spawn_blocking(move || match spawn(&command, path.as_ref()) {
            Err(error) => drop(send_started.send(Err(error))),
            Ok(child) => wait_and_reap(child, send_started, &groups),
        });
        (started, thread)
    }

    /// Sends a signal to every process of the group; one that has no process left is no error.
    pub fn signal(&self, signal: Signal) {
        // It can answer "no such process", or "not permitted" for a set-uid descendant: neither can
        // be repaired here.
        let _ = kill_process_group(self.leader, signal);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

struct Child {
    handle: Handle,
    leader: Pid,
    stdout: PipeReader,
    stderr: PipeReader,
}

fn spawn(command: &Command, path: &Path) -> io::Result<Child> {
    let (stdout, stdout_end) = pipe()?;
    let (stderr, stderr_end) = pipe()?;
    let handle =
        expression(command, path).stdout_file(stdout_end).stderr_file(stderr_end).start()?;
    let leader =
        handle.pids().first().and_then(|id| i32::try_from(*id).ok()).and_then(Pid::from_raw);
    let leader = leader.ok_or_else(|| io::Error::other("the program has no process id"))?;
    Ok(Child { handle, leader, stdout, stderr })
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that starts programs")]
fn expression(command: &Command, path: &Path) -> Expression {
    let name = command.program().to_owned();
    let expression = duct::cmd(path, &command.argv[1..])
        .full_env(command.environment.iter().map(|(name, value)| (name, value)))
        .stdin_null()
        .unchecked()
        .before_spawn(move |child| {
            child.arg0(&name).process_group(0);
            Ok(())
        });
    match &command.directory {
        Some(directory) => expression.dir(directory),
        None => expression,
    }
}

fn wait_and_reap(
    child: Child,
    send_started: oneshot::Sender<io::Result<Started>>,
    groups: &Groups,
) {
    let Child { handle, leader, stdout, stderr } = child;
    groups.add(leader);
    let (unreaped, last_signal_sent) = mpsc::channel();
    let (send_exit, exit) = oneshot::channel();
    let group = Group { leader, _unreaped: unreaped };
    drop(send_started.send(Ok(Started { group, stdout, stderr, exit })));
    drop(send_exit.send(wait_unreaped(leader)));
    // Ends with an error once the group is dropped: nothing is ever sent.
    let _ = last_signal_sent.recv();
    groups.remove(leader);
    drop(handle.wait());
}

/// Waits for the leader's end and leaves it a zombie, so that its id stays taken.
fn wait_unreaped(leader: Pid) -> io::Result<Exit> {
    let status = rustix::io::retry_on_intr(|| {
        waitid(WaitId::Pid(leader), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
    })?;
    status
        .as_ref()
        .and_then(exit_of)
        .ok_or_else(|| io::Error::other("the program ended without a status"))
}

fn exit_of(status: &WaitIdStatus) -> Option<Exit> {
    status.exit_status().map(Exit::Code).or_else(|| status.terminating_signal().map(Exit::Signal))
}
