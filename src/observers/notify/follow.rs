//! Turns records into status changes.

use std::collections::HashMap;

use boathook_core::{
    deployment::DeploymentId,
    record::Record,
    state::{Deployment, State},
};

use crate::{
    journal::{Journal, StoreError},
    observers::notify::status_change::{BadWatch, StatusChange},
};

/// Folds deployments along the journal, from any position.
pub(super) struct StatusTracker {
    journal: Journal,
    /// The deployments that have not ended at the current position.
    under: HashMap<DeploymentId, Deployment>,
}

impl StatusTracker {
    pub(super) fn new(journal: Journal) -> Self {
        Self { journal, under: HashMap::new() }
    }

    /// The status change of a record, if it has one. Records come in order.
    pub(super) async fn news(
        &mut self,
        record: &Record,
    ) -> Result<Option<StatusChange>, StoreError> {
        let before = match self.under.remove(&record.deployment) {
            Some(before) => Some(before),
            None => self.before(record).await?,
        };
        let seen = |one: &Deployment| {
            let override_at = one.overridden.as_ref().map(|mark| mark.at);
            (one.state.status(), one.approvals.len(), override_at)
        };
        let seen_before = before.as_ref().map(seen);
        let after = match before {
            Some(before) => before.apply(record.at, &record.event),
            None => Deployment::begin(record),
        };
        // A record of a deployment without its first record is skipped.
        let Ok(after) = after else { return Ok(None) };
        // One approval of several is news too, and so is an override of its promotion.
        let changed = seen_before != Some(seen(&after)) || BadWatch::of(&record.event).is_some();
        let news = changed.then(|| StatusChange::of(record, &after));
        if !matches!(after.state, State::Ended(_)) {
            self.under.insert(record.deployment.clone(), after);
        }
        Ok(news)
    }

    /// The deployment as it was before the record; none if the record is its first.
    async fn before(&self, record: &Record) -> Result<Option<Deployment>, StoreError> {
        let records = self.journal.records(&record.deployment, 0).await?;
        let mut earlier = records.iter().take_while(|one| one.sequence < record.sequence);
        let Some(Ok(begun)) = earlier.next().map(Deployment::begin) else { return Ok(None) };
        Ok(earlier.try_fold(begun, |deployment, one| deployment.apply(one.at, &one.event)).ok())
    }
}
