//! Where records are kept, as the journal sees it: one small trait, so that another database needs
//! one more file.
//!
//! A store keeps and finds records; it does not check which event may follow which.

use std::{collections::HashMap, error::Error, path::PathBuf, sync::Arc};

use boathook_core::{
    deployment::{BundleDigest, DeploymentId, Digest, Environment, Identity, ImageRef, ServiceKey},
    proof::{DigestFact, Fact},
    record::{Lock, Record, ServiceHold, Withdrawal},
    state::IllegalEvent,
};
use jiff::Timestamp;

use crate::journal::{
    Cutoff, Filter, GitHubDeployment, PackedBundle, Prunable, Service, Signer, Success, Summary,
};

/// An image that succeeded, and its withdrawal if it was withdrawn.
pub type ProvenImage = (ImageRef, Option<Arc<Withdrawal>>);

/// A place where records are kept. Its calls block, so they are made on blocking threads; writes
/// come one at a time.
pub trait Store: Send + Sync {
    /// Keeps all of the batch or nothing of it, and returns when it is on disk.
    fn write(&self, batch: &Batch) -> Result<(), StoreError>;

    /// Writes something that means nothing and takes it away again, to learn whether the disk would
    /// take more.
    fn check(&self) -> Result<(), StoreError>;

    /// The highest sequence that any record ever had; 0 if there was none.
    fn last_sequence(&self) -> Result<u64, StoreError>;

    /// The deployments that have not ended, in order of acceptance.
    fn live(&self) -> Result<Vec<DeploymentId>, StoreError>;

    /// The deployment with that identity.
    fn find(&self, identity: &Identity) -> Result<Option<Summary>, StoreError>;

    /// The deployment with that id.
    fn summary(&self, id: &DeploymentId) -> Result<Option<Summary>, StoreError>;

    /// The record with that sequence.
    fn record(&self, sequence: u64) -> Result<Option<Record>, StoreError>;

    /// The records of a deployment with a higher sequence, rising.
    fn records(&self, id: &DeploymentId, after: u64) -> Result<Vec<Record>, StoreError>;

    /// The records of all deployments with a higher sequence, rising, `limit` at most.
    fn records_of_all(&self, after: u64, limit: u32) -> Result<Vec<Record>, StoreError>;

    /// The deployments that the filter lets through, newest first.
    fn list(&self, filter: &Filter) -> Result<Vec<Summary>, StoreError>;

    /// Every secret that signed a request of which there is a record.
    fn signers(&self) -> Result<Vec<Signer>, StoreError>;

    /// Every service of which there is a record, `limit` at most.
    fn services(&self, limit: u32) -> Result<Vec<Service>, StoreError>;

    /// The newest success of a service in an environment.
    fn last_success(
        &self,
        environment: Environment,
        service: &ServiceKey,
    ) -> Result<Option<Success>, StoreError>;

    /// Ended deployments accepted after that sequence that may be pruned, in order of acceptance,
    /// `limit` at most.
    fn prunable(&self, cut: &Cutoff, after: u64, limit: u32) -> Result<Vec<Prunable>, StoreError>;

    /// All locks, in the order in which they were set; some may have come to their end.
    fn locks(&self) -> Result<Vec<Arc<Lock>>, StoreError>;

    /// The request of a service that was made last, as its sender says, and when; to the
    /// microsecond.
    fn newest_request(
        &self,
        environment: Environment,
        service: &ServiceKey,
    ) -> Result<Option<(Timestamp, Summary)>, StoreError>;

    /// The newest success accepted before `than` that left another revision serving.
    fn success_before(
        &self,
        environment: Environment,
        service: &ServiceKey,
        than: &Success,
    ) -> Result<Option<Success>, StoreError>;

    /// The newest success of its service and environment before that one.
    fn replaced_success(
        &self,
        environment: Environment,
        service: &ServiceKey,
        by: &DeploymentId,
    ) -> Result<Option<DeploymentId>, StoreError>;

    /// The first success of its service and environment after that one.
    fn replacing_success(
        &self,
        environment: Environment,
        service: &ServiceKey,
        of: &DeploymentId,
    ) -> Result<Option<DeploymentId>, StoreError>;

    /// The deployments on GitHub that are that deployment's, besides the one it came from.
    fn github_deployments(&self, id: &DeploymentId) -> Result<Vec<GitHubDeployment>, StoreError>;

    /// One of them that has no status yet, with the deployment that it belongs to.
    fn untold_github_deployment(
        &self,
    ) -> Result<Option<(DeploymentId, GitHubDeployment)>, StoreError>;

    /// Keeps that a deployment on GitHub is that deployment's too, and returns when that is on disk.
    /// It may come beside a batch.
    fn keep_github_deployment(
        &self,
        id: &DeploymentId,
        on_github: &GitHubDeployment,
        is_reported: bool,
    ) -> Result<(), StoreError>;

    /// Keeps that it has a status, in the same way.
    fn note_reported(&self, on_github: &GitHubDeployment) -> Result<(), StoreError>;

    /// The held services, in the order in which they were rolled back.
    fn holds(&self) -> Result<Vec<Arc<ServiceHold>>, StoreError>;

    /// The withdrawal of a digest, if it is withdrawn.
    fn withdrawal(&self, digest: &Digest) -> Result<Option<Arc<Withdrawal>>, StoreError>;

    /// The withdrawn digests, the last one first, `limit` at most.
    fn withdrawals(&self, limit: u32) -> Result<Vec<Arc<Withdrawal>>, StoreError>;

    /// Whether the newest success of any service, in any environment, left that digest serving.
    fn serves(&self, digest: &Digest) -> Result<bool, StoreError>;

    /// The successes of a digest that the next environment has not answered yet.
    fn promotions_of(&self, digest: &Digest) -> Result<Vec<DeploymentId>, StoreError>;

    /// The images that successes left serving in an environment since then, newest first, each
    /// once and with its withdrawal, `limit` at most.
    fn proven(
        &self,
        environment: Environment,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<ProvenImage>, StoreError>;

    /// The successes that are still watched, in order of acceptance.
    fn watched(&self) -> Result<Vec<DeploymentId>, StoreError>;

    /// What the record says of a digest in an environment, in order: the newest facts, `limit` at most.
    fn facts(
        &self,
        environment: Environment,
        digest: &Digest,
        limit: u32,
    ) -> Result<Vec<Fact>, StoreError>;

    /// The successes that the next environment has not answered yet, in order of acceptance,
    /// `limit` at most.
    fn to_promote(&self, limit: u32) -> Result<Vec<DeploymentId>, StoreError>;

    /// How far a source has been read, if it ever was.
    fn source_cursor(&self, source: &str) -> Result<Option<u64>, StoreError>;

    /// The sources of which boathook knows how far they have been read.
    fn sources(&self) -> Result<Vec<String>, StoreError>;

    /// A bundle, if it is kept.
    fn bundle(&self, digest: &BundleDigest) -> Result<Option<PackedBundle>, StoreError>;

    /// The bundles that are kept beside the journal.
    fn bundles_beside(&self) -> Result<Vec<BundleDigest>, StoreError>;

    /// How many there are of each environment.
    fn to_promote_count(&self) -> Result<Vec<(Environment, u64)>, StoreError>;
}

/// What one transaction keeps.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// New records, their sequences rising.
    pub records: Vec<Arc<Record>>,
    /// The rows of every deployment that the records change, as they are after them.
    pub rows: Vec<Row>,
    /// All locks, if that changes.
    pub locks: Option<Vec<Arc<Lock>>>,
    /// All holds, if that changes.
    pub holds: Option<Vec<Arc<ServiceHold>>>,
    /// The digests that are withdrawn or, without one, reinstated.
    pub withdrawals: HashMap<Digest, Option<Arc<Withdrawal>>>,
    /// What happened to digests in services, in order.
    pub facts: Vec<DigestFact>,
    /// How far sources have been read, if that changes; without a position, it is forgotten.
    pub cursors: HashMap<String, Option<u64>>,
    /// Bundles that accepted requests bring; one that is kept already stays.
    pub bundles: Vec<PackedBundle>,
    /// Ended deployments that go, with their records, and bundles that none is left of.
    pub prune: Vec<Arc<Prunable>>,
}

impl Batch {
    /// Whether there is nothing to write, to prune and to remember.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.prune.is_empty() && self.cursors.is_empty()
    }
}

/// The row of a deployment, besides its records.
#[derive(Clone, Debug)]
pub struct Row {
    pub summary: Summary,
    /// Whether its request had a timestamp; without one, its identity is kept for ever.
    pub has_timestamp: bool,
    /// When the sender made the request, if that counts.
    pub requested_at: Option<Timestamp>,
    /// The id of the secret that signed it; none for an operator's rollback.
    pub signed_by: Option<String>,
    /// What it left serving, if it succeeded.
    pub success: Option<Success>,
    /// The bundle of manifests that it needs, once that is known.
    pub bundle: Option<BundleDigest>,
    /// Whether it succeeded and the next environment has not answered yet.
    pub awaits_promotion: bool,
    /// Whether it succeeded and is still watched.
    pub watched: bool,
    /// Whether an operator let it past closed windows, and nobody has acknowledged that.
    pub unacknowledged: bool,
}

/// What another program's error looks like from here.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Why the journal could not be opened, read or written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The file or its directory cannot be reached.
    #[error("failed to open the journal `{}`", path.display())]
    Open { path: PathBuf, source: Cause },
    /// The file is something else.
    #[error("`{}` is not a boathook journal; name another state directory, or move the file away", path.display())]
    NotOurs { path: PathBuf },
    /// The file was written by a later version.
    #[error(
        "the journal `{}` was written by a newer boathook (format {found}, and this one knows up to {known}); \
         run that version, or put back the backup made before it",
        path.display()
    )]
    Newer {
        path: PathBuf,
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// The file was written by a build before the first release.
    #[error(
        "the journal `{}` was written by a build before the first release (format {found}), which this boathook cannot read; \
         name another state directory, or move the file away",
        path.display()
    )]
    Older { path: PathBuf, found: u32 },
    /// The file may be read but not written.
    #[error("the journal `{}` is read-only; boathook's user must be able to write it and its directory", path.display())]
    ReadOnly { path: PathBuf },
    /// Another process has it.
    #[error("another boathook has the journal `{}` open; two cannot share one state directory", path.display())]
    InUse { path: PathBuf },
    /// The database refused it.
    #[error("failed to {operation}")]
    Failed {
        /// The operation that failed.
        operation: &'static str,
        source: Cause,
    },
    /// The events of a deployment cannot have happened in that order.
    #[error("the stored record of deployment {id} is inconsistent")]
    Broken { id: DeploymentId, source: IllegalEvent },
    /// The thread that writes or reads ended unexpectedly.
    #[error("the journal's thread stopped before it answered")]
    Stopped,
}

impl StoreError {
    /// An operation that the database refused.
    pub(crate) fn failed(
        operation: &'static str,
        cause: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self::Failed { operation, source: Arc::new(cause) }
    }
}
