//! Which deployments of a repository need not be looked at again, though GitHub lists them: it may
//! list one only after a later one, which the cursor has passed.

use std::collections::BTreeSet;

/// Numbers that are remembered; the lowest are forgotten first.
const REMEMBERED: usize = 1000;

/// The numbers of known deployments, in memory.
#[derive(Default)]
pub(super) struct Seen {
    /// None before the first look: what is listed then was listed before boathook started.
    known: Option<BTreeSet<u64>>,
    /// Those of the others that wait for room, however long.
    waiting: BTreeSet<u64>,
}

impl Seen {
    /// Whether a deployment appeared since the first look; `is_recent` says whether it was created
    /// within the window.
    pub(super) fn lacks(&self, id: u64, is_recent: bool) -> bool {
        let is_known = self.known.as_ref().is_none_or(|known| known.contains(&id));
        !is_known && (is_recent || self.waiting.contains(&id))
    }

    /// It is not settled: it waits for room.
    pub(super) fn wait(&mut self, id: u64) {
        self.waiting.insert(id);
    }

    /// Remembers what a look found and left alone.
    pub(super) fn begin(&mut self, ids: Vec<u64>) {
        let known = self.known.get_or_insert_default();
        known.extend(ids);
        while known.len() > REMEMBERED {
            known.pop_first();
        }
    }

    /// Remembers one that is settled.
    pub(super) fn add(&mut self, id: u64) {
        self.waiting.remove(&id);
        self.begin(vec![id]);
    }
}
