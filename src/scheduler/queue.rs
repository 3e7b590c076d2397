//! The choice of what begins next; pure.

use std::collections::{HashMap, HashSet};

use crate::deployment::{JobId, ServiceKey};

/// A deployment that waits, or that holds its service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The deployment.
    pub job: JobId,
    /// What it changes.
    pub service: ServiceKey,
}

/// What is to be done with those that wait; who is not named goes on waiting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// These give way to newer ones; that comes first.
    pub supersede: Vec<Supersession>,
    /// These begin, in this order.
    pub start: Vec<JobId>,
}

/// An older request that gives way to a newer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supersession {
    /// The older.
    pub job: JobId,
    /// The newest for the same service.
    pub by: JobId,
}

/// Of those `queued` for one service the newest stays, and it begins when nothing of the `running` holds the service, at most `free` of
/// them at once. `queued` is in order of acceptance; one that has to wait for its service keeps nobody behind it waiting.
#[must_use]
pub fn choose(queued: &[Entry], running: &[Entry], free: usize) -> Decision {
    let newest: HashMap<&ServiceKey, &JobId> = queued.iter().map(|entry| (&entry.service, &entry.job)).collect();
    let held: HashSet<&ServiceKey> = running.iter().map(|entry| &entry.service).collect();
    let (stay, give_way): (Vec<_>, Vec<_>) = queued.iter().partition(|entry| newest[&entry.service] == &entry.job);
    Decision {
        supersede: give_way.into_iter().map(|entry| Supersession { job: entry.job.clone(), by: newest[&entry.service].clone() }).collect(),
        start: stay.into_iter().filter(|entry| !held.contains(&entry.service)).take(free).map(|entry| entry.job.clone()).collect(),
    }
}
