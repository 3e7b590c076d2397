//! The deployments that have not ended, folded and in memory.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;

use crate::{
    deployment::{Environment, Identity, JobId, ServiceKey},
    journal::{Deployment, Event, Lock, Origin, Record, State, Store, StoreError, Summary},
};

/// What is known without reading the disk. The published one shows only what is on disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    /// The sequence of the last record.
    pub(super) last: u64,
    deployments: HashMap<JobId, Arc<Deployment>>,
    /// In the order in which they were set; some may have come to their end.
    locks: Vec<Arc<Lock>>,
}

impl Live {
    /// Folds every deployment that has not ended.
    pub(super) fn read(store: &dyn Store) -> Result<Self, StoreError> {
        let mut live = Self { last: store.last_sequence()?, deployments: HashMap::new(), locks: store.locks()? };
        for job in store.live()? {
            if let Some(deployment) = fold(&job, &store.records(&job, 0)?)? {
                live.put(job, deployment);
            }
        }
        Ok(live)
    }

    pub(super) fn get(&self, job: &JobId) -> Option<&Arc<Deployment>> {
        self.deployments.get(job)
    }

    pub(super) fn put(&mut self, job: JobId, deployment: Deployment) {
        self.deployments.insert(job, Arc::new(deployment));
    }

    /// Whether a rollback that has not ended goes back to it.
    pub(super) fn is_gone_back_to(&self, job: &JobId) -> bool {
        self.deployments.values().any(|one| matches!(&one.acceptance.origin, Origin::Rollback { to, by: _ } if to == job))
    }

    pub(super) fn find(&self, identity: &Identity) -> Option<(&JobId, &Arc<Deployment>)> {
        let attempts = self.deployments.iter().filter(|(_, deployment)| deployment.acceptance.request.identity() == *identity);
        attempts.max_by_key(|(_, deployment)| deployment.acceptance.attempt)
    }

    /// The request of a service that was made last, and when.
    pub(super) fn newest_request(&self, environment: Environment, service: &ServiceKey) -> Option<(Timestamp, Summary)> {
        let of_service = |deployment: &Deployment| {
            let request = &deployment.acceptance.request;
            request.environment == environment && request.service() == *service
        };
        let requests = self.deployments.iter().filter(|(_, deployment)| of_service(deployment));
        let made = requests.filter_map(|(job, deployment)| Some((deployment.acceptance.requested_at()?, job, deployment)));
        made.max_by_key(|(at, ..)| *at).map(|(at, job, deployment)| (at, Summary::of(job, deployment)))
    }

    /// How many wait to begin, for their turn or for a person's yes.
    pub(super) fn waiting(&self) -> usize {
        let waits = |state: &State| matches!(state, State::AwaitingApproval { .. } | State::Queued);
        self.deployments.values().filter(|deployment| waits(&deployment.state)).count()
    }

    /// The locks that hold at `now`.
    pub(super) fn locks(&self, now: Timestamp) -> Vec<Arc<Lock>> {
        self.locks.iter().filter(|lock| lock.holds(now)).cloned().collect()
    }

    /// Puts these in the place of all locks.
    pub(super) fn set_locks(&mut self, locks: Vec<Arc<Lock>>) {
        self.locks = locks;
    }

    /// All of them, in order of acceptance.
    pub(super) fn in_order(&self) -> Vec<(JobId, Arc<Deployment>)> {
        let mut all: Vec<_> = self.deployments.iter().map(|(job, deployment)| (job.clone(), Arc::clone(deployment))).collect();
        all.sort_by_key(|(_, deployment)| deployment.accepted_as);
        all
    }

    /// The same without those that have ended meanwhile.
    pub(super) fn without_ended(mut self) -> Self {
        self.deployments.retain(|_, deployment| !matches!(deployment.state, State::Ended(_)));
        self
    }
}

/// The deployment that its records tell; none where there are no records, or those of a lock.
pub(super) fn fold(job: &JobId, records: &[Record]) -> Result<Option<Deployment>, StoreError> {
    let Some((first, rest)) = records.split_first() else { return Ok(None) };
    if matches!(first.event, Event::Locked(_)) {
        return Ok(None);
    }
    let begun = Deployment::begin(first);
    let folded = rest.iter().fold(begun, |deployment, record| deployment?.apply(record.at, &record.event));
    folded.map(Some).map_err(|source| StoreError::Broken { job: job.clone(), source })
}
