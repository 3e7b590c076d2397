//! One way from the listeners to the audit log: a bounded queue that never makes a request wait, so many lines, and how many there were beside.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    time::{Instant, sleep_until},
};

use crate::observers::audit::{Refused, bucket::Bucket, entry::Entry};

/// Refusals that may wait for the disk.
const WAITING_MAX: usize = 256;
/// How long those without a line are counted before their number is told.
const TOLD_AFTER: Duration = Duration::from_secs(60);

/// How many refusals with each status have no line.
pub(super) type Counts = BTreeMap<u16, u64>;

/// Where refusals go in.
#[derive(Clone, Debug)]
pub(super) struct Entrance {
    queue: Sender<Refused>,
    lost: Arc<Mutex<Counts>>,
}

/// Where they come out.
#[derive(Debug)]
pub(super) struct Lane {
    queue: Receiver<Refused>,
    lost: Arc<Mutex<Counts>>,
    bucket: Bucket,
    taken: Vec<Refused>,
    left_out: Counts,
    tell_at: Instant,
}

impl Entrance {
    pub(super) fn note(&self, refused: Refused) {
        let status = refused.status;
        if self.queue.try_send(refused).is_err() {
            *self.lost.lock().unwrap_or_else(PoisonError::into_inner).entry(status).or_insert(0) += 1;
        }
    }
}

impl Lane {
    /// Both ends.
    pub(super) fn channel() -> (Entrance, Self) {
        let (sender, queue) = channel(WAITING_MAX);
        let lost = Arc::<Mutex<Counts>>::default();
        let entrance = Entrance { queue: sender, lost: Arc::clone(&lost) };
        let (taken, left_out) = (Vec::new(), Counts::new());
        (entrance, Self { queue, lost, bucket: Bucket::full(), taken, left_out, tell_at: Instant::now() })
    }

    /// Comes back when there is something to take; may be dropped at any time.
    pub(super) async fn ready(&mut self) {
        while self.taken.is_empty() {
            tokio::select! {
                Some(refused) = self.queue.recv() => self.weigh(refused),
                () = sleep_until(self.tell_at), if !self.left_out.is_empty() => return,
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
        let lost = std::mem::take(&mut *self.lost.lock().unwrap_or_else(PoisonError::into_inner));
        lost.into_iter().for_each(|(status, count)| self.leave_out(status, count));
        let mut entries = self.taken.drain(..).map(Entry::refused).collect::<Vec<_>>();
        if !self.left_out.is_empty() && (last || self.tell_at <= Instant::now()) {
            entries.push(Entry::left_out(now, &std::mem::take(&mut self.left_out)));
        }
        entries
    }

    fn weigh(&mut self, refused: Refused) {
        if self.bucket.take() { self.taken.push(refused) } else { self.leave_out(refused.status, 1) }
    }

    fn leave_out(&mut self, status: u16, count: u64) {
        if self.left_out.is_empty() {
            self.tell_at = Instant::now() + TOLD_AFTER;
        }
        *self.left_out.entry(status).or_insert(0) += count;
    }
}
