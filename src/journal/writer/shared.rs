//! What all handles of one journal share: what is on disk and has not ended, and the channels of new
//! records.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use boathook_core::{clock::Clock, record::Record};
use tokio::{
    sync::{Notify, Semaphore, broadcast},
    time::Instant,
};
use tracing::info;

use crate::journal::{
    Commits, Store, StoreError,
    locked::locked,
    writer::{
        active_deployments::ActiveDeployments,
        queue::{Queue, WAITING_MAX},
        recent_records::RecentRecords,
    },
};

/// Far fewer than the threads that tokio has for what blocks (512).
const READERS_MAX: usize = 128;
/// Records that a slow subscriber may lag behind before it must read the disk.
const LAG_MAX: usize = 256;

/// Whether this process writes the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::journal) enum Role {
    /// Nobody else does.
    Leads,
    /// Another boathook does, and this one reads what it wrote.
    Follows,
}

/// What all handles of one journal share.
pub(in crate::journal) struct Shared {
    pub(in crate::journal) store: Arc<dyn Store>,
    pub(in crate::journal) records: broadcast::Sender<Arc<Record>>,
    /// All but the progress of deployments, apart: who waits for an outcome listens to it.
    pub(in crate::journal) milestones: broadcast::Sender<Arc<Record>>,
    /// What operators ask of deployments under way, apart: each of these listens to it.
    pub(in crate::journal) steering: broadcast::Sender<Arc<Record>>,
    /// That a deployment on GitHub repeats a known request.
    pub(in crate::journal) repeats: Notify,
    pub(in crate::journal) clock: Clock,
    follows: AtomicBool,
    /// Held while what others wrote is taken in, so that one does it at a time: whether what is in
    /// memory is not the record's any more.
    pub(super) is_stale: Mutex<bool>,
    /// When the record was last read to its end.
    polled: Mutex<Instant>,
    live: Mutex<Arc<ActiveDeployments>>,
    recent: Mutex<RecentRecords>,
    /// Whether the last write failed.
    failing: AtomicBool,
    commits: Mutex<Commits>,
    pub(super) slots: Arc<Semaphore>,
    /// Questions that may be asked at once: each takes a thread, and others need some too.
    pub(in crate::journal) readers: Semaphore,
    pub(super) queue: Mutex<Queue>,
}

impl Shared {
    pub(in crate::journal) fn new(
        store: Arc<dyn Store>,
        clock: Clock,
        role: Role,
    ) -> Result<Self, StoreError> {
        let live = ActiveDeployments::read(&*store)?;
        let recent = Mutex::new(RecentRecords::since(live.last));
        let live = Mutex::new(Arc::new(live));
        let (records, _) = broadcast::channel(LAG_MAX);
        let (milestones, _) = broadcast::channel(LAG_MAX);
        let (steering, _) = broadcast::channel(LAG_MAX);
        Ok(Self {
            store,
            records,
            milestones,
            steering,
            repeats: Notify::new(),
            clock,
            follows: AtomicBool::new(role == Role::Follows),
            is_stale: Mutex::default(),
            polled: Mutex::new(Instant::now()),
            live,
            recent,
            failing: AtomicBool::new(false),
            commits: Mutex::default(),
            slots: Arc::new(Semaphore::new(WAITING_MAX)),
            readers: Semaphore::new(READERS_MAX),
            queue: Mutex::default(),
        })
    }

    pub(in crate::journal) fn role(&self) -> Role {
        if self.follows.load(Ordering::Acquire) { Role::Follows } else { Role::Leads }
    }

    /// From now on this process writes the record.
    pub(in crate::journal) fn begin_to_lead(&self) {
        self.follows.store(false, Ordering::Release);
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

    /// A batch was written, or was not, and that took so long.
    pub(super) fn note_commit(&self, took: Duration, is_written: bool) {
        locked(&self.commits).note(took, is_written);
        self.note(is_written);
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

    /// The record was read to its end at that time.
    pub(in crate::journal) fn note_polled(&self, at: Instant) {
        *locked(&self.polled) = at;
    }

    /// When the record was last read to its end.
    pub(in crate::journal) fn polled(&self) -> Instant {
        *locked(&self.polled)
    }

    /// Shows and reports what is on disk, whoever wrote it: `live` is what has not ended after these
    /// records. `prunes` if others were removed with them.
    pub(in crate::journal) fn publish(
        &self,
        live: ActiveDeployments,
        records: Vec<Arc<Record>>,
        prunes: bool,
    ) {
        *locked(&self.live) = Arc::new(live);
        locked(&self.recent).keep(&records, prunes);
        for record in records {
            // It is no error if nobody listens.
            if record.event.is_steering() {
                let _ = self.steering.send(Arc::clone(&record));
            }
            if !record.event.is_progress() {
                let _ = self.milestones.send(Arc::clone(&record));
            }
            let _ = self.records.send(record);
        }
    }

    /// Forgets records that another boathook may have pruned meanwhile.
    pub(in crate::journal) fn forget_recent(&self, is_old: impl Fn(&Record) -> bool) {
        locked(&self.recent).forget(is_old);
    }
}
