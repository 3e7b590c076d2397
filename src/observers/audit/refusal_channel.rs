//! A channel from the listeners to the audit log: a limited rate of lines, a bounded queue that
//! never makes a request wait, and a count of the rest.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use boathook_core::rate::{Rate, TokenBucket};
use jiff::Timestamp;
use serde_json::json;
use tokio::{
    sync::{
        Notify,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Instant, sleep_until},
};
use tracing::info;

use crate::observers::audit::{
    Refused,
    entry::{Entry, boathook},
    text::capped,
};

/// Lines of refusals: a burst, then 8,640 a day.
const LINES: Rate = Rate { every: Duration::from_secs(10), burst: 60 };
/// Refusals that may wait for the disk.
const WAITING_MAX: usize = 256;
/// How long those without a line are counted before their number is written.
const SUMMARY_AFTER: Duration = Duration::from_secs(60);

/// How many refusals with each status have no line.
pub(super) type Counts = BTreeMap<u16, u64>;

/// The sending half.
#[derive(Clone, Debug)]
pub(super) struct RefusalSender {
    queue: Sender<Refused>,
    gate: Arc<RateLimiter>,
}

/// The receiving half.
#[derive(Debug)]
pub(super) struct RefusalChannel {
    queue: Receiver<Refused>,
    gate: Arc<RateLimiter>,
    taken: Vec<Refused>,
}

/// Decides which refusals get a line before building one: a flood must not make boathook write.
#[derive(Debug)]
struct RateLimiter {
    weighed: Mutex<RateLimits>,
    /// Notified when the first one was left out.
    left_out: Notify,
}

#[derive(Debug)]
struct RateLimits {
    lines: TokenBucket,
    left_out: Counts,
    summary_at: Instant,
}

impl RefusalSender {
    /// Builds and takes the line of a refusal, if the rate allows one.
    pub(super) fn note(&self, status: u16, make: impl FnOnce() -> Refused) {
        let place = self.queue.try_reserve().ok();
        let place = place.filter(|_| self.gate.weighed().lines.take(LINES).is_ok());
        match place {
            Some(place) => place.send(make()),
            None => self.gate.leave_out(status),
        }
    }
}

impl RefusalChannel {
    pub(super) fn channel() -> (RefusalSender, Self) {
        let (sender, queue) = channel(WAITING_MAX);
        let weighed = RateLimits {
            lines: TokenBucket::full(),
            left_out: Counts::new(),
            summary_at: Instant::now(),
        };
        let gate = Arc::new(RateLimiter { weighed: Mutex::new(weighed), left_out: Notify::new() });
        (
            RefusalSender { queue: sender, gate: Arc::clone(&gate) },
            Self { queue, gate, taken: Vec::new() },
        )
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

    /// The lines to write now. The count of the rest follows after a while, or at the `last` call.
    pub(super) fn take(&mut self, now: Timestamp, last: bool) -> Vec<Entry> {
        let waiting = std::iter::from_fn(|| self.queue.try_recv().ok()).take(WAITING_MAX);
        let mut entries =
            self.taken.drain(..).chain(waiting).map(Entry::refused).collect::<Vec<_>>();
        if let Some(left_out) = self.gate.counted(last) {
            info!(
                requests = left_out.values().sum::<u64>(),
                "Refused more requests than are logged one by one"
            );
            entries.push(Entry::left_out(now, &left_out));
        }
        entries
    }
}

impl Entry {
    /// A request that became no deployment.
    pub(super) fn refused(refused: Refused) -> Self {
        let Refused {
            at,
            source,
            client,
            signed_by,
            identity,
            operator,
            method,
            path,
            delivery,
            status,
            reason,
        } = refused;
        let details = json!({
            "method": capped(&method), "path": capped(&path), "delivery": delivery.as_deref().map(capped), "status": status,
            "reason": capped(&reason),
        });
        let source = Some(source).filter(|source| !source.is_listener());
        let mut who =
            json!({"source": source, "client": client, "secret": signed_by, "operator": operator});
        if let Some(identity) = identity {
            who["identity"] = json!(identity);
        }
        Self::of("refused", at, who, details)
    }

    /// Refused requests without a line of their own.
    pub(super) fn left_out(at: Timestamp, counts: &Counts) -> Self {
        let count = counts.values().sum::<u64>();
        Self::of(
            "left_out",
            at,
            boathook(),
            json!({"reason": format!("{count} refusals were left out"), "statuses": counts}),
        )
    }
}

impl RateLimiter {
    /// It is changed in one step, so it stays usable after a panic elsewhere.
    fn weighed(&self) -> MutexGuard<'_, RateLimits> {
        self.weighed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave_out(&self, status: u16) {
        let mut weighed = self.weighed();
        if weighed.left_out.is_empty() {
            weighed.summary_at = Instant::now() + SUMMARY_AFTER;
            self.left_out.notify_one();
        }
        *weighed.left_out.entry(status).or_insert(0) += 1;
    }

    /// The refusals without a line, if their count is due.
    fn counted(&self, last: bool) -> Option<Counts> {
        let mut weighed = self.weighed();
        let is_due = !weighed.left_out.is_empty() && (last || weighed.summary_at <= Instant::now());
        is_due.then(|| std::mem::take(&mut weighed.left_out))
    }

    /// Returns when the count of refusals without a line is due.
    async fn due(&self) {
        loop {
            let summary_at = {
                let weighed = self.weighed();
                (!weighed.left_out.is_empty()).then_some(weighed.summary_at)
            };
            match summary_at {
                Some(summary_at) => return sleep_until(summary_at).await,
                None => self.left_out.notified().await,
            }
        }
    }
}
