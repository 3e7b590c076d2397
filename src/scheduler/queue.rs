//! The choice of what begins next; pure.

use std::collections::{HashMap, HashSet};

use boathook_core::deployment::{DeploymentId, ServiceKey};

/// A deployment that waits, or that holds its service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: DeploymentId,
    pub service: ServiceKey,
    pub kind: EntryKind,
}

/// What is queued, as far as it decides who gives way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// These give way to newer ones; that comes first.
    pub supersede: Vec<Supersession>,
    /// These begin, in this order.
    pub start: Vec<DeploymentId>,
}

/// An older request that gives way to a newer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supersession {
    pub id: DeploymentId,
    /// The newest for the same service.
    pub by: DeploymentId,
}

/// Of those `queued` for one service, the newest stays. It starts when none of the `running` holds
/// the service; at most `free` start at once. Only a newer rollback by an operator supersedes one,
/// and it starts before a newer request. A redeploy gives way to anything newer, and nothing gives
/// way to it: a newer build that waits is not lost for it. Nor is it for boathook's own rollback, which
/// gives way to a newer rollback alone. `queued` is in order of acceptance; one that waits for its
/// service delays no other.
#[must_use]
pub fn choose(queued: &[Entry], running: &[Entry], free: usize) -> Decision {
    let newest_of = |kinds: &[EntryKind]| -> HashMap<&ServiceKey, &DeploymentId> {
        let of_kind = queued.iter().filter(|entry| kinds.contains(&entry.kind));
        of_kind.map(|entry| (&entry.service, &entry.id)).collect()
    };
    let newest = newest_of(&[
        EntryKind::Request,
        EntryKind::Rollback,
        EntryKind::OwnRollback,
        EntryKind::Redeploy,
    ]);
    let newest_image = newest_of(&[EntryKind::Request, EntryKind::Rollback]);
    let newest_rollback = newest_of(&[EntryKind::Rollback]);
    let newest_of_both = newest_of(&[EntryKind::Rollback, EntryKind::OwnRollback]);
    let mut held: HashSet<&ServiceKey> = running.iter().map(|entry| &entry.service).collect();
    let mut decision = Decision::default();
    for Entry { id, service, kind } in queued {
        let by = match kind {
            EntryKind::Request => newest_image[service],
            EntryKind::Rollback => newest_rollback[service],
            EntryKind::OwnRollback => newest_of_both[service],
            EntryKind::Redeploy => newest[service],
        };
        if by != id {
            decision.supersede.push(Supersession { id: id.clone(), by: by.clone() });
        } else if decision.start.len() < free && held.insert(service) {
            decision.start.push(id.clone());
        }
    }
    decision
}
