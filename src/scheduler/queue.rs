//! The choice of what begins next; pure.

use std::collections::{HashMap, HashSet};

use boathook_core::deployment::{DeploymentId, ServiceKey};
use strum::EnumCount;

/// A deployment that waits, or that holds its service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: DeploymentId,
    pub service: ServiceKey,
    pub kind: EntryKind,
}

/// What is queued, as far as it decides what is superseded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount)]
pub enum EntryKind {
    /// A sender's request, or a retry.
    Request,
    /// An operator's rollback.
    Rollback,
    /// boathook's own rollback of a success that turned bad.
    OwnRollback,
    /// An operator's redeploy: it brings no other image.
    Redeploy,
}

/// What happens to the waiting deployments; one that is not named keeps waiting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// These are superseded by newer ones; that comes first.
    pub supersede: Vec<Supersession>,
    /// These begin, in this order.
    pub start: Vec<DeploymentId>,
}

/// An older request that is superseded by a newer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supersession {
    pub id: DeploymentId,
    /// The newest for the same service.
    pub by: DeploymentId,
}

impl EntryKind {
    /// The kinds of which a newer one for the same service supersedes it. A newer build that waits is
    /// lost neither for a redeploy nor for boathook's own rollback.
    const fn superseded_by(self) -> &'static [Self] {
        match self {
            Self::Request => &[Self::Request, Self::Rollback],
            Self::Rollback => &[Self::Rollback],
            Self::OwnRollback => &[Self::Rollback, Self::OwnRollback],
            Self::Redeploy => &[Self::Request, Self::Rollback, Self::OwnRollback, Self::Redeploy],
        }
    }
}

/// Supersedes what is older than another for the same service, and starts what is left, unless one of
/// the `running` holds its service; at most `free` start at once. `queued` is in order of acceptance;
/// one that waits for its service delays no other.
#[must_use]
pub fn choose(queued: &[Entry], running: &[Entry], free: usize) -> Decision {
    let mut newest: HashMap<&ServiceKey, [Option<usize>; EntryKind::COUNT]> = HashMap::new();
    for (at, Entry { service, kind, .. }) in queued.iter().enumerate() {
        newest.entry(service).or_default()[*kind as usize] = Some(at);
    }
    let mut held: HashSet<&ServiceKey> = running.iter().map(|entry| &entry.service).collect();
    let mut decision = Decision::default();
    for (at, Entry { id, service, kind }) in queued.iter().enumerate() {
        let newest = newest[service];
        let newer = kind.superseded_by().iter().filter_map(|kind| newest[*kind as usize]).max();
        match newer.filter(|newer| *newer > at) {
            Some(by) => {
                let by = queued[by].id.clone();
                decision.supersede.push(Supersession { id: id.clone(), by });
            }
            None if decision.start.len() < free && held.insert(service) => {
                decision.start.push(id.clone());
            }
            None => {}
        }
    }
    decision
}
