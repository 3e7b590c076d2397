//! Reads a program's output until it is closed: a part is kept, the rest is counted and discarded.
//!
//! It never holds more than its caps, whatever the program prints.

use std::{
    io::{self, PipeReader},
    os::fd::OwnedFd,
};

use rustix::io::Errno;
use tokio::{io::AsyncReadExt, net::unix::pipe::Receiver, sync::mpsc};
use tokio_util::sync::CancellationToken;

use crate::Captured;

/// Bytes asked for at once: what a Linux pipe holds.
const CHUNK: usize = 64 * 1024;
/// The longest line that is handed over whole; etcd lets no Kubernetes object grow to this size.
const MAX_LINE: usize = 2 * 1024 * 1024;

/// The read end of a program's pipe.
pub(super) struct Drain {
    pipe: Receiver,
    ended: CancellationToken,
}

impl Drain {
    /// Reads from `pipe`; once `ended` is cancelled only what is already in the pipe is still read,
    /// no matter who holds the other end.
    pub fn new(pipe: PipeReader, ended: CancellationToken) -> io::Result<Self> {
        Ok(Self { pipe: Receiver::from_owned_fd(OwnedFd::from(pipe))?, ended })
    }

    /// Keeps the first `cap` bytes in `captured`.
    pub async fn capture(mut self, captured: &mut Captured, cap: usize) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        loop {
            match self.read(&mut chunk).await? {
                0 => return Ok(()),
                read => captured.keep(&chunk[..read], cap),
            }
        }
    }

    /// Hands each line over, waiting while the reader is behind; only counts once the reader has
    /// gone.
    pub async fn hand_over(
        mut self,
        lines: &mpsc::Sender<String>,
        captured: &mut Captured,
    ) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        let mut line = Captured::default();
        loop {
            let read = self.read(&mut chunk).await?;
            let mut rest = &chunk[..read];
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                line.keep(&rest[..end], MAX_LINE);
                rest = &rest[end + 1..];
                send(lines, &mut line, captured).await;
            }
            line.keep(rest, MAX_LINE);
            if read == 0 {
                if !line.bytes.is_empty() {
                    send(lines, &mut line, captured).await;
                }
                return Ok(());
            }
        }
    }

    async fn read(&mut self, chunk: &mut [u8]) -> io::Result<usize> {
        tokio::select! {
            biased;
            read = self.pipe.read(chunk) => read,
            () = self.ended.cancelled() => match rustix::io::read(&self.pipe, chunk) {
                Err(Errno::AGAIN) => Ok(0),
                read => Ok(read?),
            },
        }
    }
}

impl Captured {
    /// Keeps what the cap leaves room for and counts the rest.
    fn keep(&mut self, bytes: &[u8], cap: usize) {
        let (kept, cut) = bytes.split_at(bytes.len().min(cap.saturating_sub(self.bytes.len())));
        self.bytes.extend_from_slice(kept);
        self.cut += cut.len() as u64;
    }
}

async fn send(lines: &mpsc::Sender<String>, line: &mut Captured, captured: &mut Captured) {
    let Captured { bytes, cut } = std::mem::take(line);
    captured.cut += cut;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if let Err(unsent) = lines.send(text).await {
        captured.cut += unsent.0.len() as u64;
    }
}
