//! A store that a test can hold up, break or count at each write.

use std::sync::Arc;

use boathook::journal::{
    Batch, Cutoff, Filter, GitHubDeployment, PackedBundle, ProvenImage, Prunable, Service, Signer,
    SqliteStore, Store, StoreError, Success, Summary,
};
use boathook_core::{
    deployment::{BundleDigest, DeploymentId, Digest, Environment, Identity, ServiceKey},
    proof::Fact,
    record::{Lock, Record, ServiceHold, Withdrawal},
};
use jiff::Timestamp;

/// What happens before each write; an error takes its place.
type Tap = Box<dyn Fn(&Batch) -> Result<(), StoreError> + Send + Sync>;

pub struct TappedStore {
    store: SqliteStore,
    tap: Tap,
}

impl TappedStore {
    pub fn new(
        store: SqliteStore,
        tap: impl Fn(&Batch) -> Result<(), StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self { store, tap: Box::new(tap) }
    }
}

impl Store for TappedStore {
    fn write(&self, batch: &Batch) -> Result<(), StoreError> {
        (self.tap)(batch)?;
        self.store.write(batch)
    }

    fn check(&self) -> Result<(), StoreError> {
        self.store.check()
    }

    fn last_sequence(&self) -> Result<u64, StoreError> {
        self.store.last_sequence()
    }

    fn live(&self) -> Result<Vec<DeploymentId>, StoreError> {
        self.store.live()
    }

    fn find(&self, identity: &Identity) -> Result<Option<Summary>, StoreError> {
        self.store.find(identity)
    }

    fn summary(&self, id: &DeploymentId) -> Result<Option<Summary>, StoreError> {
        self.store.summary(id)
    }

    fn record(&self, sequence: u64) -> Result<Option<Record>, StoreError> {
        self.store.record(sequence)
    }

    fn records(&self, id: &DeploymentId, after: u64) -> Result<Vec<Record>, StoreError> {
        self.store.records(id, after)
    }

    fn records_of_all(&self, after: u64, limit: u32) -> Result<Vec<Record>, StoreError> {
        self.store.records_of_all(after, limit)
    }

    fn list(&self, filter: &Filter) -> Result<Vec<Summary>, StoreError> {
        self.store.list(filter)
    }

    fn signers(&self) -> Result<Vec<Signer>, StoreError> {
        self.store.signers()
    }

    fn services(&self, limit: u32) -> Result<Vec<Service>, StoreError> {
        self.store.services(limit)
    }

    fn last_success(
        &self,
        environment: Environment,
        service: &ServiceKey,
    ) -> Result<Option<Success>, StoreError> {
        self.store.last_success(environment, service)
    }

    fn prunable(&self, cut: &Cutoff, after: u64, limit: u32) -> Result<Vec<Prunable>, StoreError> {
        self.store.prunable(cut, after, limit)
    }

    fn locks(&self) -> Result<Vec<Arc<Lock>>, StoreError> {
        self.store.locks()
    }

    fn newest_request(
        &self,
        environment: Environment,
        service: &ServiceKey,
    ) -> Result<Option<(Timestamp, Summary)>, StoreError> {
        self.store.newest_request(environment, service)
    }

    fn success_before(
        &self,
        environment: Environment,
        service: &ServiceKey,
        than: &Success,
    ) -> Result<Option<Success>, StoreError> {
        self.store.success_before(environment, service, than)
    }

    fn facts(
        &self,
        environment: Environment,
        digest: &Digest,
        limit: u32,
    ) -> Result<Vec<Fact>, StoreError> {
        self.store.facts(environment, digest, limit)
    }

    fn replaced_success(
        &self,
        environment: Environment,
        service: &ServiceKey,
        by: &DeploymentId,
    ) -> Result<Option<DeploymentId>, StoreError> {
        self.store.replaced_success(environment, service, by)
    }

    fn replacing_success(
        &self,
        environment: Environment,
        service: &ServiceKey,
        of: &DeploymentId,
    ) -> Result<Option<DeploymentId>, StoreError> {
        self.store.replacing_success(environment, service, of)
    }

    fn github_deployments(&self, id: &DeploymentId) -> Result<Vec<GitHubDeployment>, StoreError> {
        self.store.github_deployments(id)
    }

    fn untold_github_deployment(
        &self,
    ) -> Result<Option<(DeploymentId, GitHubDeployment)>, StoreError> {
        self.store.untold_github_deployment()
    }

    fn keep_github_deployment(
        &self,
        id: &DeploymentId,
        on_github: &GitHubDeployment,
        is_reported: bool,
    ) -> Result<(), StoreError> {
        self.store.keep_github_deployment(id, on_github, is_reported)
    }

    fn note_reported(&self, on_github: &GitHubDeployment) -> Result<(), StoreError> {
        self.store.note_reported(on_github)
    }

    fn proven(
        &self,
        environment: Environment,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<ProvenImage>, StoreError> {
        self.store.proven(environment, since, limit)
    }

    fn holds(&self) -> Result<Vec<Arc<ServiceHold>>, StoreError> {
        self.store.holds()
    }

    fn withdrawal(&self, digest: &Digest) -> Result<Option<Arc<Withdrawal>>, StoreError> {
        self.store.withdrawal(digest)
    }

    fn withdrawals(&self, limit: u32) -> Result<Vec<Arc<Withdrawal>>, StoreError> {
        self.store.withdrawals(limit)
    }

    fn serves(&self, digest: &Digest) -> Result<bool, StoreError> {
        self.store.serves(digest)
    }

    fn promotions_of(&self, digest: &Digest) -> Result<Vec<DeploymentId>, StoreError> {
        self.store.promotions_of(digest)
    }

    fn watched(&self) -> Result<Vec<DeploymentId>, StoreError> {
        self.store.watched()
    }

    fn to_promote_count(&self) -> Result<Vec<(Environment, u64)>, StoreError> {
        self.store.to_promote_count()
    }

    fn source_cursor(&self, source: &str) -> Result<Option<u64>, StoreError> {
        self.store.source_cursor(source)
    }

    fn bundles_beside(&self) -> Result<Vec<BundleDigest>, StoreError> {
        self.store.bundles_beside()
    }

    fn bundle(&self, digest: &BundleDigest) -> Result<Option<PackedBundle>, StoreError> {
        self.store.bundle(digest)
    }

    fn sources(&self) -> Result<Vec<String>, StoreError> {
        self.store.sources()
    }

    fn to_promote(&self, limit: u32) -> Result<Vec<DeploymentId>, StoreError> {
        self.store.to_promote(limit)
    }
}
