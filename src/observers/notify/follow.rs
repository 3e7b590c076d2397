//! Turns records into status changes.

use boathook_core::{record::Record, state::Deployment};

use crate::{
    journal::{Journal, StoreError},
    observers::{
        deployment_tracker::DeploymentTracker,
        notify::status_change::{BadWatch, StatusChange},
    },
};

/// Finds status changes along the journal, from any position.
pub(super) struct StatusTracker(DeploymentTracker);

impl StatusTracker {
    pub(super) fn new(journal: Journal) -> Self {
        Self(DeploymentTracker::new(journal))
    }

    /// The status change of a record, if it has one. Records come in order.
    pub(super) async fn change(
        &mut self,
        record: &Record,
    ) -> Result<Option<StatusChange>, StoreError> {
        let seen = |one: &Deployment| {
            let override_at = one.overridden.as_ref().map(|mark| mark.at);
            (one.state.status(), one.approvals.len(), override_at)
        };
        // One approval of several is a change too, and so is an override of its promotion.
        let change = self.0.follow(record, seen, |before, after| {
            let changed = before != Some(seen(after)) || BadWatch::of(&record.event).is_some();
            changed.then(|| StatusChange::of(record, after))
        });
        Ok(change.await?.flatten())
    }
}
