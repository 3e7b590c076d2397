//! The journal's public interface.

use std::{sync::Arc, time::Duration};

use boathook_core::{
    clock::Clock,
    deployment::{DeploymentId, Environment, Identity, ServiceKey},
    record::Record,
    state::Deployment,
};
use jiff::Timestamp;
use tokio::{sync::broadcast, task::spawn_blocking};

use crate::journal::{
    Commits, Filter, Service, Signer, Store, StoreError, StoreReader, Success, Summary,
    inbox::{mirroring, outbox::Outbox, take},
    writer::{
        active_deployments::fold,
        shared::{Role, Shared},
    },
};

/// The record of all deployments. Clones are cheap and share one journal; it is closed when the
/// last one is dropped.
///
/// Its async functions need tokio's runtime, because the disk is read and written on blocking
/// tasks.
#[derive(Clone)]
pub struct Journal {
    pub(in crate::journal) shared: Arc<Shared>,
    /// What this process asks of the one that leads.
    pub(super) outbox: Arc<Outbox>,
}

impl Journal {
    /// Folds every deployment that has not ended into memory; blocks, so it is for the start of the
    /// program.
    pub fn open(store: Arc<dyn Store>, clock: Clock) -> Result<Self, StoreError> {
        Self::new(store, clock, Role::Leads)
    }

    /// The same for a record that another boathook writes: what that one writes is read and shown from
    /// now on, until this one leads. Needs tokio's runtime.
    pub fn follow(store: Arc<dyn Store>, clock: Clock) -> Result<Self, StoreError> {
        let journal = Self::new(store, clock, Role::Follows)?;
        mirroring::begin(&journal.shared, &journal.outbox);
        Ok(journal)
    }

    fn new(store: Arc<dyn Store>, clock: Clock, role: Role) -> Result<Self, StoreError> {
        let outbox = Arc::new(Outbox::new(Arc::clone(&store))?);
        Ok(Self { shared: Arc::new(Shared::new(store, clock, role)?), outbox })
    }

    /// From now on this boathook writes the record. The store is its own already, so that nobody else
    /// writes; all that was written before is taken in first.
    pub async fn lead(&self) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.shared);
        let leads = spawn_blocking(move || shared.lead()).await;
        if leads.unwrap_or(Err(StoreError::Stopped))? {
            take::begin(&self.shared);
        }
        Ok(())
    }

    /// Whether this boathook writes the record.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.shared.role() == Role::Leads
    }

    /// How long ago a follower last read the record to its end.
    #[must_use]
    pub fn mirror_age(&self) -> Option<Duration> {
        (!self.leads()).then(|| self.shared.polled().elapsed())
    }

    /// The deployment with that identity, whether it has ended or not.
    pub async fn find(&self, identity: &Identity) -> Result<Option<Summary>, StoreError> {
        if let Some((id, deployment)) = self.shared.live().find(identity) {
            return Ok(Some(Summary::of(id, deployment)));
        }
        let identity = identity.clone();
        self.read(move |store| store.find(&identity)).await
    }

    /// The deployment with that id: from memory, or folded from disk if it has ended.
    pub async fn deployment(&self, id: &DeploymentId) -> Result<Option<Deployment>, StoreError> {
        if let Some(deployment) = self.shared.live().get(id) {
            return Ok(Some(Deployment::clone(deployment)));
        }
        let id = id.clone();
        self.read(move |store| fold(&id, &store.records(&id, 0)?)).await
    }

    /// The row of the deployment with that id.
    pub async fn summary(&self, id: &DeploymentId) -> Result<Option<Summary>, StoreError> {
        let id = id.clone();
        let found = self.read(move |store| store.summary(&id)).await?;
        Ok(found.map(|summary| self.with_live_state(summary)))
    }

    /// The records of a deployment with a sequence higher than `after`, rising.
    pub async fn records(&self, id: &DeploymentId, after: u64) -> Result<Vec<Record>, StoreError> {
        let id = id.clone();
        self.read(move |store| store.records(&id, after)).await
    }

    /// The records of all deployments with a sequence higher than `after`, rising, `limit` at most.
    pub async fn records_of_all(
        &self,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Arc<Record>>, StoreError> {
        if let Some(records) = self.shared.recent(after, limit as usize) {
            return Ok(records);
        }
        let records = self.read(move |store| store.records_of_all(after, limit)).await?;
        Ok(records.into_iter().map(Arc::new).collect())
    }

    /// The deployments that the filter lets through, newest first.
    pub async fn list(&self, filter: &Filter) -> Result<Vec<Summary>, StoreError> {
        let Filter { paused, limit, .. } = *filter;
        // Only the state in memory knows which of the few that have not ended are paused.
        let limit_read = if paused { u32::MAX } else { limit };
        let read = Filter { limit: limit_read, ..filter.clone() };
        let listed = self.read(move |store| store.list(&read)).await?;
        let listed = listed.into_iter().map(|summary| self.with_live_state(summary));
        let wanted = listed.filter(|summary| summary.paused || !paused);
        Ok(wanted.take(limit as usize).collect())
    }

    /// Every secret that signed a request of which there is a record.
    pub async fn signers(&self) -> Result<Vec<Signer>, StoreError> {
        self.read(|store| store.signers()).await
    }

    /// Every service of which there is a record, by environment and name, `limit` at most.
    pub async fn services(&self, limit: u32) -> Result<Vec<Service>, StoreError> {
        self.read(move |store| store.services(limit)).await
    }

    /// The newest success of a service in an environment, which should be serving.
    pub async fn last_success(
        &self,
        environment: Environment,
        service: &ServiceKey,
    ) -> Result<Option<Success>, StoreError> {
        let service = service.clone();
        self.read(move |store| store.last_success(environment, &service)).await
    }

    /// The newest success accepted before that one which left another revision serving.
    pub(in crate::journal) async fn success_before(
        &self,
        environment: Environment,
        service: &ServiceKey,
        than: &Success,
    ) -> Result<Option<Success>, StoreError> {
        let service = service.clone();
        let than = than.clone();
        self.read(move |store| store.success_before(environment, &service, &than)).await
    }

    /// The successes that the next environment has not answered yet, in order of acceptance,
    /// `limit` at most.
    pub async fn to_promote(&self, limit: u32) -> Result<Vec<DeploymentId>, StoreError> {
        self.read(move |store| store.to_promote(limit)).await
    }

    /// How many there are of each environment that has some.
    pub async fn to_promote_count(&self) -> Result<Vec<(Environment, u64)>, StoreError> {
        self.read(|store| store.to_promote_count()).await
    }

    /// Whether an acceptance could be written now, as far as that is known without writing.
    pub async fn check_writable(&self) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.shared);
        spawn_blocking(move || shared.check()).await.unwrap_or(Err(StoreError::Stopped))
    }

    /// The deployments that have not ended, in order of acceptance.
    #[must_use]
    pub fn live(&self) -> Vec<(DeploymentId, Arc<Deployment>)> {
        self.shared.live().in_order()
    }

    /// The sequence of the last record.
    #[must_use]
    pub fn last_sequence(&self) -> u64 {
        self.shared.live().last
    }

    /// Commits since the program started.
    #[must_use]
    pub fn commits(&self) -> Commits {
        self.shared.commits()
    }

    /// Every record from now on, in order, each once it is on disk. A slow receiver learns that it
    /// missed some, and reads them with `records`.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Record>> {
        self.shared.records.subscribe()
    }

    /// The same without the progress of deployments.
    pub(super) fn subscribe_to_milestones(&self) -> broadcast::Receiver<Arc<Record>> {
        self.shared.milestones.subscribe()
    }

    /// The same of what operators ask of deployments alone.
    pub(super) fn subscribe_to_steering(&self) -> broadcast::Receiver<Arc<Record>> {
        self.shared.steering.subscribe()
    }

    /// The successes that are watched, in order of acceptance.
    #[must_use]
    pub fn watched(&self) -> Vec<(DeploymentId, Arc<Deployment>)> {
        self.shared.live().watched()
    }

    /// Whether that success of the service is watched.
    #[must_use]
    pub fn is_watched(&self, id: &DeploymentId, service: &ServiceKey) -> bool {
        self.shared.live().is_watched(id, service)
    }

    /// Whether the deployment exists and has not ended.
    pub(super) fn is_live(&self, id: &DeploymentId) -> bool {
        self.shared.live().get(id).is_some()
    }

    /// The time of day, as records have it.
    pub(in crate::journal) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    pub(in crate::journal) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn StoreReader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.use_store(move |store| read(store)).await
    }

    /// Reads, or writes what no batch rests on.
    pub(super) async fn use_store<T: Send + 'static>(
        &self,
        task: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.shared.store);
        // The semaphore is never closed; were it, nothing would be bounded and all would go on.
        let _turn = self.shared.readers.acquire().await;
        spawn_blocking(move || task(&*store)).await.unwrap_or(Err(StoreError::Stopped))
    }
}
