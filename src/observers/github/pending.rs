//! The reports that GitHub has not got yet, one for each deployment.

use std::collections::HashMap;

use boathook_core::deployment::DeploymentId;

use crate::observers::github::report::Report;

/// How many deployments may wait; while so many do, the journal is not read on.
const DEPLOYMENTS_MAX: usize = 1024;

/// The newest report of each deployment.
#[derive(Debug, Default)]
pub(super) struct Pending(HashMap<DeploymentId, Report>);

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has_room(&self) -> bool {
        self.0.len() < DEPLOYMENTS_MAX
    }

    /// Adds a report, which overtakes the one of the same deployment; returns whether there was one.
    pub(super) fn add(&mut self, report: Report) -> bool {
        let earlier = self.0.remove(&report.id);
        let report = match &earlier {
            Some(earlier) => report.overtaking(earlier),
            None => report,
        };
        self.0.insert(report.id.clone(), report);
        earlier.is_some()
    }

    /// The next one to send, in order of acceptance; what serves comes before what it replaced.
    pub(super) fn next(&self) -> Option<&Report> {
        self.0.values().min_by_key(|report| (!report.may_create, report.accepted_seq))
    }

    pub(super) fn remove(&mut self, id: &DeploymentId) {
        self.0.remove(id);
    }

    /// The last record that a restart need not read again, where all up to `read` were taken in.
    pub(super) fn position(&self, read: u64) -> u64 {
        self.0.values().map(|report| report.first - 1).min().unwrap_or(read)
    }
}
