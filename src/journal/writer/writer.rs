//! Group commit: callers queue their writes, and one of them commits, writing everything that waits
//! in one transaction after another until nothing does.
//!
//! It is a blocking task of tokio's and no thread of its own, so a paused clock does not advance
//! while the disk is written.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use tokio::{task::spawn_blocking, time::Instant};

use crate::journal::{
    BatchReader, StoreError,
    locked::locked,
    writer::{
        active_deployments::ActiveDeployments,
        earlier_requests::EarlierRequests,
        pending_batch::PendingBatch,
        queued::{CommitCallback, Queued},
        shared::Shared,
    },
};

/// Writes that one transaction takes.
const BATCH_MAX: usize = 256;

impl Shared {
    /// Queues a write and makes sure that somebody commits. A queued write is tried even if the caller
    /// is dropped.
    pub(in crate::journal) async fn submit(self: &Arc<Self>, write: Box<dyn Queued>) {
        self.submit_all(vec![write]).await;
    }

    /// The same for several, which share a transaction if they fit.
    pub(in crate::journal) async fn submit_all(self: &Arc<Self>, writes: Vec<Box<dyn Queued>>) {
        if writes.is_empty() {
            return;
        }
        let count = u32::try_from(writes.len()).unwrap_or(u32::MAX);
        // The semaphore is never closed; were it, the writes and with them the replies would be
        // dropped, which the callers learn.
        let slots = Arc::clone(&self.slots).acquire_many_owned(count).await;
        let Ok(mut slots) = slots else { return };
        let is_served = {
            let mut queue = locked(&self.queue);
            for write in writes {
                queue.waiting.extend(slots.split(1).map(|slot| (write, slot)));
            }
            std::mem::replace(&mut queue.is_served, true)
        };
        if !is_served {
            let committer = Committer { shared: Arc::clone(self), serves: true };
            spawn_blocking(move || committer.run());
        }
    }

    /// Writes a batch; only what is on disk is shown and reported.
    fn commit(&self, writes: Vec<Box<dyn Queued>>) -> CommittedBatch {
        let reads = BatchReader(&*self.store);
        let requests: Vec<_> = writes.iter().filter_map(|write| write.request()).collect();
        let earlier = EarlierRequests::of(&requests, &reads);
        let live = ActiveDeployments::clone(&self.live());
        let mut draft = PendingBatch::new(&reads, &self.clock, live, earlier);
        let answers = writes.into_iter().map(|write| write.decide(&mut draft)).collect();
        let (batch, live) = draft.finish();
        if batch.is_empty() {
            return CommittedBatch { answers, written: Ok(()) };
        }
        let begun = Instant::now();
        let written = self.store.write(&batch);
        self.note_commit(begun.elapsed(), written.is_ok());
        if written.is_ok() {
            if batch.github_deployments.iter().any(|(.., is_reported)| !is_reported) {
                self.repeats.notify_one();
            }
            self.publish(live, batch.records, !batch.prune.is_empty());
        }
        CommittedBatch { answers, written }
    }
}

/// A batch that was tried, with the answers still to be given.
struct CommittedBatch {
    answers: Vec<CommitCallback>,
    written: Result<(), StoreError>,
}

impl CommittedBatch {
    fn reply(self) {
        self.answers.into_iter().for_each(|answer| answer(&self.written));
    }
}

/// The task that writes. If it never runs, because the runtime ends, the waiting callers get an
/// error.
struct Committer {
    shared: Arc<Shared>,
    serves: bool,
}

impl Committer {
    /// The last answers are sent after the journal is released, so that a caller who then drops the
    /// journal has closed it.
    fn run(mut self) {
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

    /// Takes the waiting commands; if there are none, stops serving.
    fn next_batch(&mut self) -> Vec<Box<dyn Queued>> {
        let mut queue = locked(&self.shared.queue);
        let count = queue.waiting.len().min(BATCH_MAX);
        queue.is_served = count > 0;
        self.serves = queue.is_served;
        queue.waiting.drain(..count).map(|(write, _slot)| write).collect()
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        if self.serves {
            let mut queue = locked(&self.shared.queue);
            queue.is_served = false;
            queue.waiting.clear();
        }
    }
}
