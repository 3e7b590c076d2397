//! Which deployments may be pruned, and what stays of one whose identity is kept.

use boathook_core::{
    deployment::{DeploymentId, Environment, ServiceKey},
    record::{DeploymentEvent, Event, Outcome, Reason},
};
use jiff::Timestamp;

/// Which ended deployments may be pruned, as far as their rows show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cutoff {
    /// None that ended after this.
    pub young: Timestamp,
    /// Everything that ended before this.
    pub old: Timestamp,
    /// All but so many, the newest.
    pub count: u32,
}

/// An ended deployment that may be pruned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prunable {
    pub id: DeploymentId,
    pub environment: Environment,
    pub service: ServiceKey,
    /// The sequence of its first record.
    pub accepted_seq: u64,
    /// The sequence of its last.
    pub ended_seq: u64,
    /// Whether a repeat would have a stale timestamp. Otherwise its identity is kept.
    pub has_timestamp: bool,
    /// Whether a rollback could roll back to it.
    pub served: bool,
    pub end: Outcome,
    pub reason: Option<Reason>,
}

impl Prunable {
    /// The record that replaces all records after the first, if the identity is kept.
    #[must_use]
    pub(crate) fn stub(&self) -> Event {
        DeploymentEvent::Pruned { end: self.end, reason: self.reason.clone() }.into()
    }
}
