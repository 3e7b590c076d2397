//! The deployments that have not ended, and the successes that are watched, folded and in memory.

use std::{collections::BTreeSet, sync::Arc};

use boathook_core::{
    deployment::{DeploymentId, Environment, Identity, ServiceKey},
    record::{Lock, Origin, Record, ServiceHold},
    state::{Deployment, State},
};
use jiff::Timestamp;
use rpds::{HashTrieMapSync, RedBlackTreeMapSync};

use crate::journal::{StoreError, StoreReader, Summary};

/// What is known without reading the disk. The published version shows only what is on disk.
///
/// Copies are cheap: the maps share their common parts.
#[derive(Clone, Debug, Default)]
pub(in crate::journal) struct ActiveDeployments {
    /// The sequence of the last record.
    pub(in crate::journal) last: u64,
    deployments: HashTrieMapSync<DeploymentId, Arc<Deployment>>,
    /// In order of acceptance.
    order: RedBlackTreeMapSync<u64, DeploymentId>,
    /// Which of them are of a service.
    of_service: HashTrieMapSync<ServiceKey, Vec<DeploymentId>>,
    /// How many wait for their turn or for an approval.
    waiting: usize,
    /// The successes that are watched, one for each service.
    watched: HashTrieMapSync<ServiceKey, (DeploymentId, Arc<Deployment>)>,
    /// In the order in which they were set; some may have expired.
    locks: Vec<Arc<Lock>>,
    /// In the order in which the services were rolled back.
    holds: Vec<Arc<ServiceHold>>,
}

impl ActiveDeployments {
    /// Folds every deployment that has not ended. What another boathook writes meanwhile is left out,
    /// and follows.
    pub(in crate::journal) fn read(store: &dyn StoreReader) -> Result<Self, StoreError> {
        let mut live = Self {
            last: store.last_sequence()?,
            locks: store.locks()?,
            holds: store.holds()?,
            ..Self::default()
        };
        for id in store.live()? {
            if let Some(deployment) = fold_up_to(store, &id, live.last)? {
                live.put(id, deployment);
            }
        }
        for id in store.watched()? {
            if let Some(deployment) = fold_up_to(store, &id, live.last)? {
                live.note_watch(&id, &Arc::new(deployment));
            }
        }
        Ok(live)
    }

    pub(in crate::journal) fn get(&self, id: &DeploymentId) -> Option<&Arc<Deployment>> {
        self.deployments.get(id)
    }

    pub(in crate::journal) fn put(&mut self, id: DeploymentId, deployment: Deployment) {
        self.take(&id);
        let service = deployment.acceptance.request.service();
        let mut ids = self.of_service.get(&service).cloned().unwrap_or_default();
        ids.push(id.clone());
        self.of_service.insert_mut(service, ids);
        self.order.insert_mut(deployment.accepted_seq, id.clone());
        self.waiting += usize::from(in_queue(&deployment));
        self.deployments.insert_mut(id, Arc::new(deployment));
    }

    fn take(&mut self, id: &DeploymentId) {
        let Some(deployment) = self.deployments.get(id).cloned() else { return };
        self.deployments.remove_mut(id);
        self.order.remove_mut(&deployment.accepted_seq);
        self.waiting -= usize::from(in_queue(&deployment));
        let service = deployment.acceptance.request.service();
        let others = self
            .of_service
            .get(&service)
            .into_iter()
            .flatten()
            .filter(|other| *other != id)
            .cloned()
            .collect::<Vec<_>>();
        if others.is_empty() {
            self.of_service.remove_mut(&service);
        } else {
            self.of_service.insert_mut(service, others);
        }
    }

    /// Whether a rollback that has not ended rolls back to it.
    pub(super) fn is_gone_back_to(&self, id: &DeploymentId) -> bool {
        self.deployments
            .values()
            .any(|one| matches!(&one.acceptance.origin, Origin::Rollback { to, .. } if to == id))
    }

    pub(in crate::journal) fn find(
        &self,
        identity: &Identity,
    ) -> Option<(&DeploymentId, &Arc<Deployment>)> {
        let Identity { environment, namespace, service_name, deployment_id } = identity;
        let service = ServiceKey { namespace: namespace.clone(), service: service_name.clone() };
        let is_one = |deployment: &Deployment| {
            let request = &deployment.acceptance.request;
            request.environment == *environment && request.deployment_id == *deployment_id
        };
        let attempts = self.of(&service).filter(|(_, deployment)| is_one(deployment));
        attempts.max_by_key(|(_, deployment)| deployment.acceptance.attempt)
    }

    /// The request of a service that was made last, and when.
    pub(in crate::journal) fn newest_request(
        &self,
        environment: Environment,
        service: &ServiceKey,
    ) -> Option<(Timestamp, Summary)> {
        let requests = self
            .of(service)
            .filter(|(_, deployment)| deployment.acceptance.request.environment == environment);
        let made = requests.filter_map(|(id, deployment)| {
            Some((deployment.acceptance.requested_at()?, id, deployment))
        });
        made.max_by_key(|(at, ..)| *at)
            .map(|(at, id, deployment)| (at, Summary::of(id, deployment)))
    }

    fn of(&self, service: &ServiceKey) -> impl Iterator<Item = (&DeploymentId, &Arc<Deployment>)> {
        let ids = self.of_service.get(service).into_iter().flatten();
        ids.filter_map(|id| Some((id, self.deployments.get(id)?)))
    }

    /// How many wait for their turn or for an approval.
    pub(in crate::journal) const fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many wait for a deployment window of this environment.
    pub(in crate::journal) fn awaiting_window(&self, environment: Environment) -> usize {
        let here = self.deployments.values().filter(|deployment| {
            deployment.state.opens_at().is_some()
                && deployment.acceptance.request.environment == environment
        });
        here.count()
    }

    /// The locks that hold at `now`.
    pub(in crate::journal) fn locks(&self, now: Timestamp) -> Vec<Arc<Lock>> {
        self.locks.iter().filter(|lock| lock.holds(now)).cloned().collect()
    }

    /// Replaces all locks.
    pub(super) fn set_locks(&mut self, locks: Vec<Arc<Lock>>) {
        self.locks = locks;
    }

    /// The held services.
    pub(in crate::journal) fn holds(&self) -> &[Arc<ServiceHold>] {
        &self.holds
    }

    /// Replaces all holds.
    pub(super) fn set_holds(&mut self, holds: Vec<Arc<ServiceHold>>) {
        self.holds = holds;
    }

    /// All of them, in order of acceptance.
    pub(in crate::journal) fn in_order(&self) -> Vec<(DeploymentId, Arc<Deployment>)> {
        let all = self
            .order
            .values()
            .filter_map(|id| Some((id.clone(), Arc::clone(self.deployments.get(id)?))));
        all.collect()
    }

    /// The same without those of the `changed` that have ended.
    pub(super) fn without_ended(mut self, changed: &BTreeSet<DeploymentId>) -> Self {
        for id in changed {
            if let Some(deployment) = self.get(id).cloned()
                && matches!(deployment.state, State::Ended(_))
            {
                self.note_watch(id, &deployment);
                self.take(id);
            }
        }
        self
    }

    /// The success of that service that is watched.
    pub(super) fn watched_of(
        &self,
        service: &ServiceKey,
    ) -> Option<&(DeploymentId, Arc<Deployment>)> {
        self.watched.get(service)
    }

    /// All that are watched, in order of acceptance.
    pub(in crate::journal) fn watched(&self) -> Vec<(DeploymentId, Arc<Deployment>)> {
        let mut all = self.watched.values().cloned().collect::<Vec<_>>();
        all.sort_by_key(|(_, deployment)| deployment.accepted_seq);
        all
    }

    /// Whether that success is watched.
    pub(in crate::journal) fn is_watched(&self, id: &DeploymentId, service: &ServiceKey) -> bool {
        self.watched.get(service).is_some_and(|(watched, _)| watched == id)
    }

    /// Remembers whether a deployment that has ended is watched.
    fn note_watch(&mut self, id: &DeploymentId, deployment: &Arc<Deployment>) {
        let service = deployment.acceptance.request.service();
        if deployment.watched().is_some() {
            self.watched.insert_mut(service, (id.clone(), Arc::clone(deployment)));
        } else if self.is_watched(id, &service) {
            self.watched.remove_mut(&service);
        }
    }
}

/// What waits for a deployment window is counted apart: it may wait for days, and takes nobody's
/// turn meanwhile.
const fn in_queue(deployment: &Deployment) -> bool {
    deployment.state.waits() && deployment.state.opens_at().is_none()
}

/// The deployment as it was after the record with that sequence; `None` if it was not yet there.
pub(super) fn fold_up_to(
    store: &dyn StoreReader,
    id: &DeploymentId,
    last: u64,
) -> Result<Option<Deployment>, StoreError> {
    let mut records = store.records(id, 0)?;
    records.retain(|record| record.sequence <= last);
    fold(id, &records)
}

/// The deployment folded from its records; `None` if there are no records, or they belong to none.
pub(in crate::journal) fn fold(
    id: &DeploymentId,
    records: &[Record],
) -> Result<Option<Deployment>, StoreError> {
    let Some((first, rest)) = records.split_first() else { return Ok(None) };
    if !first.event.is_of_deployment() {
        return Ok(None);
    }
    let begun = Deployment::begin(first);
    let folded =
        rest.iter().fold(begun, |deployment, record| deployment?.apply(record.at, &record.event));
    folded.map(Some).map_err(|source| StoreError::Broken { id: id.clone(), source })
}
