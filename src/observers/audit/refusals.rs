//! From the listener to the audit log: refused requests, through a bounded queue that never makes a request wait.
//!
//! So many have a line of their own; of the others one line a minute says how many there were, so that nobody can fill the disk.

use std::{
    collections::BTreeMap,
    future::pending,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    time::{Instant, sleep_until},
};

use crate::observers::audit::{bucket::Bucket, entry::Entry};

/// Refusals that may wait for the disk.
const WAITING_MAX: usize = 256;
/// How long those without a line are counted before their number is told.
const TOLD_AFTER: Duration = Duration::from_secs(60);

/// A request that became no deployment.
#[derive(Clone, Debug)]
pub struct Refused {
    /// When.
    pub at: Timestamp,
    /// Where it came from.
    pub client: Option<IpAddr>,
    /// Its method.
    pub method: String,
    /// Its path, without what follows a `?`.
    pub path: String,
    /// `X-GitHub-Delivery`, as sent.
    pub delivery: Option<String>,
    /// The status code of the answer.
    pub status: u16,
    /// Why.
    pub reason: String,
}

/// Takes refusals; handles are cheap, and all lead to the same log.
#[derive(Clone, Debug)]
pub struct Refusals {
    queue: Sender<Refused>,
    lost: Arc<AtomicU64>,
    by_status: Arc<Mutex<BTreeMap<u16, u64>>>,
}

/// The other end: what of it goes into the log.
#[derive(Debug)]
pub struct RefusalQueue {
    queue: Receiver<Refused>,
    lost: Arc<AtomicU64>,
    bucket: Bucket,
    taken: Vec<Refused>,
    left_out: u64,
    tell_at: Instant,
}

impl Refusals {
    /// Both ends.
    #[must_use]
    pub fn channel() -> (Self, RefusalQueue) {
        let (sender, queue) = channel(WAITING_MAX);
        let lost = Arc::new(AtomicU64::new(0));
        let end =
            RefusalQueue { queue, lost: lost.clone(), bucket: Bucket::full(), taken: Vec::new(), left_out: 0, tell_at: Instant::now() };
        (Self { queue: sender, lost, by_status: Arc::default() }, end)
    }

    /// Notes a refusal, or where the queue is full, that there was one.
    pub fn note(&self, refused: Refused) {
        *self.by_status.lock().unwrap_or_else(PoisonError::into_inner).entry(refused.status).or_default() += 1;
        if self.queue.try_send(refused).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many there were since the program started, by the status code of the answer; those without a line are among them.
    #[must_use]
    pub fn by_status(&self) -> BTreeMap<u16, u64> {
        self.by_status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl RefusalQueue {
    /// Comes back when there is something to take; may be dropped at any time.
    pub(super) async fn ready(&mut self) {
        while self.taken.is_empty() {
            tokio::select! {
                Some(refused) = self.queue.recv() => self.weigh(refused),
                () = sleep_until(self.tell_at), if self.left_out > 0 => return,
                else => pending().await,
            }
        }
    }

    /// What goes into the log now. The number of those left out comes once it was counted for long enough, or at the `last` call.
    pub(super) fn take(&mut self, now: Timestamp, last: bool) -> Vec<Entry> {
        for _ in 0..WAITING_MAX {
            let Ok(refused) = self.queue.try_recv() else { break };
            self.weigh(refused);
        }
        let lost = self.lost.swap(0, Ordering::Relaxed);
        self.leave_out(lost);
        let mut entries = self.taken.drain(..).map(Entry::refused).collect::<Vec<_>>();
        if self.left_out > 0 && (last || self.tell_at <= Instant::now()) {
            entries.push(Entry::left_out(now, self.left_out));
            self.left_out = 0;
        }
        entries
    }

    fn weigh(&mut self, refused: Refused) {
        if self.bucket.take() { self.taken.push(refused) } else { self.leave_out(1) }
    }

    fn leave_out(&mut self, count: u64) {
        if self.left_out == 0 {
            self.tell_at = Instant::now() + TOLD_AFTER;
        }
        self.left_out += count;
    }
}
