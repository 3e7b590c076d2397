//! How a pending batch takes events of a deployment, with what follows on them.

use std::{collections::VecDeque, sync::Arc};

use boathook_core::{
    deployment::DeploymentId,
    record::{Event, Record},
    state::{Deployment, IllegalEvent},
};
use jiff::{SignedDuration, Timestamp};

use crate::journal::{
    AppendError,
    writer::{
        active_deployments::fold,
        pending_batch::PendingBatch,
        write::{DatedEvent, FollowUp},
    },
};

/// An event that is written this long after it happened has waited for the disk, not for company.
const LATE: SignedDuration = SignedDuration::from_secs(2);

impl PendingBatch<'_> {
    /// All of the events, and what follows on them, or none.
    pub(super) fn append(
        &mut self,
        id: &DeploymentId,
        events: Vec<DatedEvent>,
        mut follow_up: Option<FollowUp>,
    ) -> Result<Vec<Arc<Record>>, AppendError> {
        let mut deployment = match self.live.get(id) {
            Some(deployment) => Deployment::clone(deployment),
            None => self.ended(id, events.first().map(|first| &first.event))?,
        };
        let before = deployment.state.clone();
        let mut records = Vec::new();
        let mut waiting = VecDeque::from(events);
        while let Some(DatedEvent { at, event }) = waiting.pop_front() {
            let sequence = self.live.last + 1 + records.len() as u64;
            let at = dated(at, deployment.changed_at, self.clock.now());
            let record = Record { sequence, deployment: id.clone(), at, event };
            deployment = deployment.apply(record.at, &record.event)?;
            records.push(record);
            if waiting.is_empty() {
                let followed = follow_up.take().and_then(|follow_up| follow_up(&deployment));
                let event = followed.or_else(|| deployment.watch_to_begin().map(Event::from));
                let at = self.clock.now();
                waiting.extend(event.map(|event| DatedEvent { at, event }));
            }
        }
        let consequence = self.consequence(id, &before, &deployment, &records)?;
        let changes = self.begins_to_change(&before, &deployment);
        let facts = self.service_facts(id, &before, &deployment, &records)?;
        self.facts.extend(facts);
        let records = self.keep(records, deployment);
        self.follow(id, consequence);
        if let Some(service) = changes {
            self.replace_watched(&service, id);
        }
        Ok(records)
    }

    /// A deployment that is not active, if its record is still kept.
    fn ended(&self, id: &DeploymentId, event: Option<&Event>) -> Result<Deployment, AppendError> {
        if let Some(event) = event.filter(|event| !event.may_follow_the_outcome()) {
            return Err(self.nothing_follows(id, event));
        }
        fold(id, &self.store.records(id, 0)?)?.ok_or_else(|| AppendError::Unknown(id.clone()))
    }

    /// Why nothing can be added to a deployment that is not active.
    fn nothing_follows(&self, id: &DeploymentId, event: &Event) -> AppendError {
        match self.store.summary(id) {
            Ok(Some(ended)) => IllegalEvent::new(event.name(), ended.status.name()).into(),
            Ok(None) => AppendError::Unknown(id.clone()),
            Err(error) => error.into(),
        }
    }
}

/// The time of an event that happened at `at` and is written `now`, after what changed `before`. One
/// that waited for the disk has the time at which the disk was there: notifications of it are not
/// stale. No record is older than the one before it, unless the clock was set back.
fn dated(at: Timestamp, before: Timestamp, now: Timestamp) -> Timestamp {
    let at = if now.duration_since(at) > LATE { now } else { at };
    if before <= now { at.max(before) } else { at }
}
