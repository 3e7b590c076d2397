//! One way from the listeners to the audit log: so many lines, a bounded queue that never makes a request wait, and how many there were beside.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::{
        Notify,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Instant, sleep_until},
};
use tracing::info;

use crate::observers::audit::{Refused, bucket::Bucket, entry::Entry};

/// Refusals that may wait for the disk.
const WAITING_MAX: usize = 256;
/// How long those without a line are counted before their number is written.
const TOLD_AFTER: Duration = Duration::from_secs(60);

/// How many refusals with each status have no line.
pub(super) type Counts = BTreeMap<u16, u64>;

/// Where refusals go in.
#[derive(Clone, Debug)]
pub(super) struct RefusalSender {
    queue: Sender<Refused>,
    gate: Arc<RateLimiter>,
}

/// Where they come out.
#[derive(Debug)]
pub(super) struct RefusalChannel {
    queue: Receiver<Refused>,
    gate: Arc<RateLimiter>,
    taken: Vec<Refused>,
}

/// Decides who has a line, before anything is made of a refusal: a flood must not make boathook write.
#[derive(Debug)]
struct RateLimiter {
    weighed: Mutex<RateLimits>,
    /// Notified when the first one was left out.
    left_out: Notify,
}

#[derive(Debug)]
struct RateLimits {
    bucket: Bucket,
    left_out: Counts,
    tell_at: Instant,
}

impl RefusalSender {
    /// Takes what is made of a refusal, if it may have a line; says whether it may.
    pub(super) fn note(&self, status: u16, make: impl FnOnce() -> Refused) -> bool {
        let place = self.queue.try_reserve().ok();
        let place = place.filter(|_| self.gate.weighed().bucket.take());
        match place {
            Some(place) => {
                place.send(make());
                true
            }
            None => {
                self.gate.leave_out(status);
                false
            }
        }
    }
}

impl RefusalChannel {
    pub(super) fn channel() -> (RefusalSender, Self) {
        let (sender, queue) = channel(WAITING_MAX);
        let weighed = RateLimits { bucket: Bucket::full(), left_out: Counts::new(), tell_at: Instant::now() };
        let gate = Arc::new(RateLimiter { weighed: Mutex::new(weighed), left_out: Notify::new() });
        (RefusalSender { queue: sender, gate: Arc::clone(&gate) }, Self { queue, gate, taken: Vec::new() })
    }

    /// Returns when there is something to take; may be dropped at any time.
    pub(super) async fn ready(&mut self) {
        if self.taken.is_empty() {
            tokio::select! {
                Some(refused) = self.queue.recv() => self.taken.push(refused),
                () = self.gate.due() => {}
            }
        }
    }

    /// What goes into the log now. The number of those left out comes once it was counted for long enough, or at the `last` call.
    pub(super) fn take(&mut self, now: Timestamp, last: bool) -> Vec<Entry> {
        let waiting = std::iter::from_fn(|| self.queue.try_recv().ok()).take(WAITING_MAX);
        let mut entries = self.taken.drain(..).chain(waiting).map(Entry::refused).collect::<Vec<_>>();
        if let Some(left_out) = self.gate.counted(last) {
            info!(requests = left_out.values().sum::<u64>(), "Refused more requests than have a line of their own");
            entries.push(Entry::left_out(now, &left_out));
        }
        entries
    }
}

impl RateLimiter {
    /// It is changed in one go, so a panic elsewhere leaves it fit for use.
    fn weighed(&self) -> MutexGuard<'_, RateLimits> {
        self.weighed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave_out(&self, status: u16) {
        let mut weighed = self.weighed();
        if weighed.left_out.is_empty() {
            weighed.tell_at = Instant::now() + TOLD_AFTER;
            self.left_out.notify_one();
        }
        *weighed.left_out.entry(status).or_insert(0) += 1;
    }

    /// Those left out, where their number is to be written.
    fn counted(&self, last: bool) -> Option<Counts> {
        let mut weighed = self.weighed();
        let tells = !weighed.left_out.is_empty() && (last || weighed.tell_at <= Instant::now());
        tells.then(|| std::mem::take(&mut weighed.left_out))
    }

    /// Returns when the number of those left out is to be reported.
    async fn due(&self) {
        loop {
            let tell_at = {
                let weighed = self.weighed();
                (!weighed.left_out.is_empty()).then_some(weighed.tell_at)
            };
            match tell_at {
                Some(tell_at) => return sleep_until(tell_at).await,
                None => self.left_out.notified().await,
            }
        }
    }
}
