//! Group commit: callers queue their writes, and one of them leads, writing everything that waits
//! in one transaction after another until nothing does.
//!
//! The leader is a blocking task of tokio's and no thread of its own, so a paused clock does not
//! advance while the disk is written.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use boathook_core::{clock::Clock, record::Record};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore, broadcast},
    task::spawn_blocking,
    time::Instant,
};
use tracing::info;

use crate::journal::{
    Commits, Store, StoreError,
    writer::{
        active_deployments::ActiveDeployments,
        pending_batch::PendingBatch,
        recent_records::RecentRecords,
        write::{Answer, WriteCommand},
    },
};

/// Writes that may wait; later ones wait outside the queue.
const WAITING_MAX: usize = 1024;
/// Writes that one transaction takes.
const BATCH_MAX: usize = 256;
/// Records that a slow subscriber may lag behind before it must read the disk.
const NEWS_MAX: usize = 256;

/// What all handles of one journal share.
pub(in crate::journal) struct Shared {
    pub(in crate::journal) store: Arc<dyn Store>,
    pub(in crate::journal) news: broadcast::Sender<Arc<Record>>,
    /// All but the progress of deployments, apart: who waits for an outcome listens to it.
    pub(in crate::journal) milestones: broadcast::Sender<Arc<Record>>,
    /// What operators ask of deployments under way, apart: each of these listens to it.
    pub(in crate::journal) steering: broadcast::Sender<Arc<Record>>,
    /// That a deployment on GitHub repeats a known request.
    pub(in crate::journal) repeats: Notify,
    pub(in crate::journal) clock: Clock,
    live: Mutex<Arc<ActiveDeployments>>,
    recent: Mutex<RecentRecords>,
    /// Whether the last write failed.
    failing: AtomicBool,
    commits: Mutex<Commits>,
    slots: Arc<Semaphore>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<(WriteCommand, OwnedSemaphorePermit)>,
    led: bool,
}

impl Shared {
    pub(in crate::journal) fn new(store: Arc<dyn Store>, clock: Clock) -> Result<Self, StoreError> {
        let live = ActiveDeployments::read(&*store)?;
        let recent = Mutex::new(RecentRecords::since(live.last));
        let live = Mutex::new(Arc::new(live));
        let (news, _) = broadcast::channel(NEWS_MAX);
        let (milestones, _) = broadcast::channel(NEWS_MAX);
        let (steering, _) = broadcast::channel(NEWS_MAX);
        Ok(Self {
            store,
            news,
            milestones,
            steering,
            repeats: Notify::new(),
            clock,
            live,
            recent,
            failing: AtomicBool::new(false),
            commits: Mutex::default(),
            slots: Arc::new(Semaphore::new(WAITING_MAX)),
            queue: Mutex::default(),
        })
    }

    /// What is on disk and has not ended.
    pub(in crate::journal) fn live(&self) -> Arc<ActiveDeployments> {
        Arc::clone(&locked(&self.live))
    }

    /// The records with a higher sequence, `limit` at most; nothing if the disk has to be read.
    pub(in crate::journal) fn recent(&self, after: u64, limit: usize) -> Option<Vec<Arc<Record>>> {
        locked(&self.recent).after(after, limit)
    }

    /// How the writing went so far.
    pub(in crate::journal) fn commits(&self) -> Commits {
        locked(&self.commits).clone()
    }

    /// Queues a write and makes sure that a leader runs. A queued write is tried even if the caller
    /// is dropped.
    pub(in crate::journal) async fn submit(self: &Arc<Self>, write: WriteCommand) {
        // The semaphore is never closed; were it, the write and with it the reply would be dropped,
        // which the caller learns.
        let Ok(slot) = Arc::clone(&self.slots).acquire_owned().await else { return };
        let led = {
            let mut queue = locked(&self.queue);
            queue.waiting.push_back((write, slot));
            std::mem::replace(&mut queue.led, true)
        };
        if !led {
            let leader = Leader { shared: Arc::clone(self), leads: true };
            spawn_blocking(move || leader.lead());
        }
    }

    /// Whether the journal is there, and the disk accepts writes; the latter is tested only if the last
    /// write failed.
    pub(in crate::journal) fn check(&self) -> Result<(), StoreError> {
        self.store.last_sequence()?;
        if self.failing.load(Ordering::Relaxed) {
            self.store.check()?;
            self.note(true);
        }
        Ok(())
    }

    /// Remembers whether the journal could be written. That it could not is logged by those who
    /// learn of it, each with what it had to write.
    fn note(&self, is_written: bool) {
        if self.failing.swap(!is_written, Ordering::Relaxed) && is_written {
            info!("The journal can be written again; deployments go on");
        }
    }

    /// Writes a batch; only what is on disk is shown and reported.
    fn commit(&self, writes: Vec<WriteCommand>) -> CommittedBatch {
        let mut draft =
            PendingBatch::new(&*self.store, &self.clock, ActiveDeployments::clone(&self.live()));
        let answers = writes.into_iter().map(|write| draft.add(write)).collect();
        let (batch, live) = draft.finish();
        if batch.is_empty() {
            return CommittedBatch { answers, written: Ok(()) };
        }
        let begun = Instant::now();
        let written = self.store.write(&batch);
        locked(&self.commits).note(begun.elapsed(), written.is_ok());
        self.note(written.is_ok());
        if written.is_ok() {
            *locked(&self.live) = Arc::new(live);
            locked(&self.recent).keep(&batch);
            for record in batch.records {
                // It is no error if nobody listens.
                if record.event.is_steering() {
                    let _ = self.steering.send(Arc::clone(&record));
                }
                if !record.event.is_progress() {
                    let _ = self.milestones.send(Arc::clone(&record));
                }
                let _ = self.news.send(record);
            }
        }
        CommittedBatch { answers, written }
    }
}

/// A batch that was tried, with the answers still to be given.
struct CommittedBatch {
    answers: Vec<Answer>,
    written: Result<(), StoreError>,
}

impl CommittedBatch {
    fn reply(self) {
        self.answers.into_iter().for_each(|answer| answer(&self.written));
    }
}

/// The task that writes. If it never runs, because the runtime ends, the waiting callers get an
/// error.
struct Leader {
    shared: Arc<Shared>,
    leads: bool,
}

impl Leader {
    /// The last answers are sent after the journal is released, so that a caller who then drops the
    /// journal has closed it.
    fn lead(mut self) {
        let mut writes = self.next_batch();
        loop {
            // A panic affects only its batch, whose replies are dropped. Nothing is half done: the
            // shared state is replaced as a whole.
            let tried = catch_unwind(AssertUnwindSafe(|| self.shared.commit(writes)));
            let settled = tried.unwrap_or_else(|_panic| CommittedBatch {
                answers: Vec::new(),
                written: Err(StoreError::Stopped),
            });
            writes = self.next_batch();
            if writes.is_empty() {
                drop(self);
                return settled.reply();
            }
            settled.reply();
        }
    }

    /// Takes the waiting commands; if there are none, stops leading.
    fn next_batch(&mut self) -> Vec<WriteCommand> {
        let mut queue = locked(&self.shared.queue);
        let count = queue.waiting.len().min(BATCH_MAX);
        queue.led = count > 0;
        self.leads = queue.led;
        queue.waiting.drain(..count).map(|(write, _slot)| write).collect()
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        if self.leads {
            let mut queue = locked(&self.shared.queue);
            queue.led = false;
            queue.waiting.clear();
        }
    }
}

/// What these locks guard is replaced or moved whole, so a panic elsewhere leaves it fit for use.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
