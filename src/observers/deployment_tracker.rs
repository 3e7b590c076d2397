//! Folds deployments along the journal, so that an observer sees what each record changed.

use std::collections::HashMap;

use boathook_core::{
    deployment::DeploymentId,
    record::Record,
    state::{Deployment, State},
};

use crate::journal::{Journal, StoreError};

/// Follows deployments from any position in the journal.
pub(super) struct DeploymentTracker {
    journal: Journal,
    /// The deployments that have not ended at the current position.
    under: HashMap<DeploymentId, Deployment>,
}

impl DeploymentTracker {
    pub(super) fn new(journal: Journal) -> Self {
        Self { journal, under: HashMap::new() }
    }

    /// What `look` sees of the record's deployment before it, and what `then` makes of that and the
    /// deployment after it; none for a record that belongs to no deployment, or to one whose first
    /// record is gone. Records come in order.
    pub(super) async fn follow<S, T>(
        &mut self,
        record: &Record,
        look: impl Fn(&Deployment) -> S,
        then: impl FnOnce(Option<S>, &Deployment) -> T,
    ) -> Result<Option<T>, StoreError> {
        let before = match self.under.remove(&record.deployment) {
            Some(before) => Some(before),
            None => self.before(record).await?,
        };
        let seen = before.as_ref().map(look);
        let after = match before {
            Some(before) => before.apply(record.at, &record.event),
            None => Deployment::begin(record),
        };
        let Ok(after) = after else { return Ok(None) };
        let result = then(seen, &after);
        if !matches!(after.state, State::Ended(_)) {
            self.under.insert(record.deployment.clone(), after);
        }
        Ok(Some(result))
    }

    /// The deployment as it was before the record; none if the record is its first.
    async fn before(&self, record: &Record) -> Result<Option<Deployment>, StoreError> {
        let records = self.journal.records(&record.deployment, 0).await?;
        let mut earlier = records.iter().take_while(|one| one.sequence < record.sequence);
        let Some(Ok(begun)) = earlier.next().map(Deployment::begin) else { return Ok(None) };
        Ok(earlier.try_fold(begun, |deployment, one| deployment.apply(one.at, &one.event)).ok())
    }
}
