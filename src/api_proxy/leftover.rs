//! A proxy that outlived its boathook, which was killed. It would stay for ever: a new proxy takes
//! its socket, and nobody can reach it any more.

use std::{fs, path::Path, time::Duration};

use rustix::process::{Pid, Signal, geteuid, getpgid, getpgrp, kill_process_group};
use tokio::{
    net::UnixStream,
    time::{sleep, timeout},
};
use tracing::warn;

/// How long it may take to end.
const ENDS: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(10);

/// Ends the process group of the proxy that listens on a socket, if there is one. The socket is in
/// a folder that this boathook has locked, so no other one uses it.
pub(super) async fn end(socket: &Path) {
    let Some(group) = listening(socket).await else { return };
    warn!(
        process.group = group.as_raw_nonzero().get(),
        "A `kubectl proxy` that outlived its boathook is ended"
    );
    // It may have ended by itself since.
    let _ = kill_process_group(group, Signal::KILL);
    let gone = async {
        while UnixStream::connect(socket).await.is_ok() {
            sleep(PAUSE).await;
        }
    };
    if timeout(ENDS, gone).await.is_err() {
        warn!("It did not end; the new one takes over its socket");
    }
}

/// Who listens there, according to the kernel: our user's, and in a group of its own.
async fn listening(socket: &Path) -> Option<Pid> {
    let peer = UnixStream::connect(socket).await.ok()?.peer_cred().ok()?;
    let process = Pid::from_raw(peer.pid()?)?;
    let group = getpgid(Some(process)).ok()?;
    let is_ours = peer.uid() == geteuid().as_raw() && group != getpgrp();
    (is_ours && serves_on(process, socket)).then_some(group)
}

fn serves_on(process: Pid, socket: &Path) -> bool {
    let wanted = format!("--unix-socket={}", socket.display());
    let arguments = fs::read(format!("/proc/{}/cmdline", process.as_raw_nonzero()));
    arguments
        .is_ok_and(|words| words.split(|byte| *byte == 0).any(|word| word == wanted.as_bytes()))
}
