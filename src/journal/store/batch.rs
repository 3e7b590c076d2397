//! What one transaction writes.

use std::{collections::HashMap, sync::Arc};

use boathook_core::{
    deployment::{BundleDigest, DeploymentId, Digest},
    proof::{DigestFact, Withdrawal},
    record::{Lock, Record, ServiceHold},
};
use jiff::Timestamp;

use crate::journal::{GitHubDeployment, InboxAnswer, PackedBundle, Prunable, Success, Summary};

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
    /// Deployments on GitHub that are a deployment's too, and whether each was made for it.
    pub github_deployments: Vec<(DeploymentId, GitHubDeployment, bool)>,
    /// The answers to requests from the inbox. One that nobody waits for any more makes the batch fail.
    pub answers: Vec<InboxAnswer>,
    /// Ended deployments that go, with their records, and bundles that none is left of.
    pub prune: Vec<Arc<Prunable>>,
}

impl Batch {
    /// Whether there is nothing to write, to prune, to remember and to answer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
            && self.prune.is_empty()
            && self.cursors.is_empty()
            && self.github_deployments.is_empty()
            && self.answers.is_empty()
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
