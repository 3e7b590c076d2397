//! How a pending batch ends watches: a newer deployment that begins to change the service does, and a
//! bad verdict with its rollback.

use std::sync::Arc;

use boathook_core::{
    deployment::{DeploymentId, ServiceKey},
    record::{WatchEnd, WatchEvent},
    state::{Deployment, State},
};

use crate::journal::{
    Summary, WatchRollbackError,
    writer::{
        pending_batch::PendingBatch,
        pending_facts::{has_touched, watch_fact},
        write::WatchRollback,
    },
};

impl PendingBatch<'_> {
    /// The service, if the first step that changes it began between these states and it is watched.
    pub(super) fn begins_to_change(
        &self,
        before: &State,
        after: &Deployment,
    ) -> Option<ServiceKey> {
        let service = after.acceptance.request.service();
        let begins = !has_touched(before) && has_touched(&after.state);
        (begins && self.live.watched_of(&service).is_some()).then_some(service)
    }

    /// Ends the watch of the service because this deployment begins to change it.
    pub(super) fn replace_watched(&mut self, service: &ServiceKey, by: &DeploymentId) {
        self.end_watch(service, WatchEvent::ended(WatchEnd::Replaced { by: by.clone() }));
    }

    /// All of it or nothing: the rollback, what it withdraws, and the end of the watch.
    pub(super) fn roll_back_watched(
        &mut self,
        rollback: WatchRollback,
    ) -> Result<Summary, WatchRollbackError> {
        let WatchRollback { id, acceptance, of, ends, withdraws } = rollback;
        let request = &acceptance.request;
        let service = request.service();
        let watched = self.watched_of(&service).filter(|(watched, _)| *watched == of);
        watched.ok_or(WatchRollbackError::Over)?;
        let locks = self.live.locks(self.clock.now());
        if let Some(lock) = locks.into_iter().find(|it| it.covers(request.environment, &service)) {
            return Err(WatchRollbackError::Locked(lock));
        }
        let withdraws =
            withdraws.map(|withdrawal| self.prepare_ordered(withdrawal)).transpose()?.flatten();
        let accepted = self.begin(id, Arc::clone(&acceptance))?;
        if let Some(prepared) = withdraws {
            self.keep_withdrawal(prepared);
        }
        self.end_watch(&service, ends);
        Ok(accepted)
    }

    fn end_watch(&mut self, service: &ServiceKey, event: WatchEvent) {
        let Some((of, deployment)) = self.watched_of(service) else { return };
        let record = self.record(of, event.into());
        // Only a watch that goes on was read.
        if let Ok(after) = deployment.apply(record.at, &record.event) {
            self.facts.extend(watch_fact(&record, &after));
            self.keep(vec![record], after);
        }
    }

    /// The success of that service that is watched, as this batch leaves it.
    fn watched_of(&self, service: &ServiceKey) -> Option<(DeploymentId, Deployment)> {
        let (of, deployment) = self.live.watched_of(service)?;
        let now = self.live.get(of).unwrap_or(deployment);
        now.watched().map(|_| (of.clone(), Deployment::clone(now)))
    }
}
