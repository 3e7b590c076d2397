//! The process groups that run, so that all of them can be killed at once.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::time::Instant;

/// The groups that one runner has started. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    own: Arc<Mutex<Running>>,
    /// Those among which these are, too.
    around: Option<Arc<Groups>>,
}

#[derive(Debug, Default)]
struct Running {
    /// Not reaped yet, so that none of these ids is anyone else's.
    leaders: HashSet<Pid>,
    /// From then on whatever starts is killed at once.
    closes_at: Option<Instant>,
}

impl Running {
    fn is_closed(&self) -> bool {
        self.closes_at.is_some_and(|at| at <= Instant::now())
    }
}

impl Groups {
    /// Groups of their own that are among these, too.
    pub(super) fn within(&self) -> Self {
        Self { own: Arc::default(), around: Some(Arc::new(self.clone())) }
    }

    /// A group that has just started.
    pub(super) fn add(&self, leader: Pid) {
        if let Some(around) = &self.around {
            around.add(leader);
        }
        let mut running = self.running();
        running.leaders.insert(leader);
        if running.is_closed() {
            kill(leader);
        }
    }

    /// It is about to be reaped.
    pub(super) fn remove(&self, leader: Pid) {
        self.running().leaders.remove(&leader);
        if let Some(around) = &self.around {
            around.remove(leader);
        }
    }

    /// Whether no program may start any more.
    pub(super) fn are_closed(&self) -> bool {
        self.running().is_closed() || self.around.as_ref().is_some_and(|around| around.are_closed())
    }

    /// No program may start after that time, whoever looks first; it may be put off until it has come.
    pub(super) fn close_at(&self, at: Instant) {
        let mut running = self.running();
        if !running.is_closed() {
            running.closes_at = Some(at);
        }
    }

    /// Kills all, and whatever may start later.
    pub(super) fn close(&self) {
        let mut running = self.running();
        running.closes_at = Some(Instant::now());
        running.leaders.iter().for_each(|leader| kill(*leader));
    }

    /// Nothing half-done is kept between calls, so a panic elsewhere leaves it fit for use.
    fn running(&self) -> MutexGuard<'_, Running> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn kill(leader: Pid) {
    // One that has no process left is no error.
    let _ = kill_process_group(leader, Signal::KILL);
}
