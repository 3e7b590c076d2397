//! The content of one transaction: the events that are possible, and the answer to each caller.
//!
//! A pending batch writes and publishes nothing: dropping it leaves the journal unchanged.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use boathook_core::{
    clock::Clock,
    deployment::{DeploymentId, Digest, Identity},
    proof::{DigestFact, Withdrawal},
    record::{Acceptance, DeploymentEvent, Event, Lock, Record, ServiceHold},
    state::Deployment,
};

use crate::journal::{
    Batch, GitHubDeployment, InboxAnswer, PackedBundle, Prunable, Row, StoreError, StoreReader,
    Success, Summary,
    writer::{active_deployments::ActiveDeployments, earlier_requests::EarlierRequests},
};

/// The journal as it will be, once it is on disk.
pub(in crate::journal) struct PendingBatch<'a> {
    pub(super) store: &'a dyn StoreReader,
    pub(in crate::journal) clock: &'a Clock,
    pub(in crate::journal) live: ActiveDeployments,
    pub(super) earlier: EarlierRequests,
    pub(in crate::journal) records: Vec<Arc<Record>>,
    changed: BTreeSet<DeploymentId>,
    /// All locks, if that changes.
    pub(in crate::journal) locks: Option<Vec<Arc<Lock>>>,
    /// All holds, if that changes.
    pub(super) holds: Option<Vec<Arc<ServiceHold>>>,
    /// The digests that are withdrawn or, without one, reinstated.
    pub(super) withdrawals: HashMap<Digest, Option<Arc<Withdrawal>>>,
    /// What happened to digests in services.
    pub(super) facts: Vec<DigestFact>,
    /// How far sources have been read; without a position, it is forgotten.
    cursors: HashMap<String, Option<u64>>,
    /// The manifests that accepted requests bring.
    bundles: Vec<PackedBundle>,
    /// Deployments on GitHub that are a deployment's too, and whether each was made for it.
    github_deployments: Vec<(DeploymentId, GitHubDeployment, bool)>,
    prune: Vec<Arc<Prunable>>,
    /// The answers to requests from the inbox.
    answers: Vec<InboxAnswer>,
}

impl<'a> PendingBatch<'a> {
    pub(in crate::journal) fn new(
        store: &'a dyn StoreReader,
        clock: &'a Clock,
        live: ActiveDeployments,
        earlier: EarlierRequests,
    ) -> Self {
        Self {
            store,
            clock,
            live,
            earlier,
            records: Vec::new(),
            changed: BTreeSet::new(),
            locks: None,
            holds: None,
            withdrawals: HashMap::new(),
            facts: Vec::new(),
            cursors: HashMap::new(),
            bundles: Vec::new(),
            github_deployments: Vec::new(),
            prune: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// Whether it changes that deployment.
    pub(super) fn changes(&self, id: &DeploymentId) -> bool {
        self.changed.contains(id)
    }

    /// Answers a request from the inbox.
    pub(super) fn answer(&mut self, answer: InboxAnswer) {
        self.answers.push(answer);
    }

    pub(super) fn keep_cursor(&mut self, source: String, position: Option<u64>) {
        self.cursors.insert(source, position);
    }

    pub(super) fn keep_bundle(&mut self, bundle: Option<PackedBundle>) {
        self.bundles.extend(bundle);
    }

    pub(super) fn keep_github_deployment(
        &mut self,
        id: DeploymentId,
        on_github: GitHubDeployment,
        is_reported: bool,
    ) {
        self.github_deployments.push((id, on_github, is_reported));
    }

    /// The records for the store, and the active deployments once they are stored.
    pub(super) fn finish(self) -> (Batch, ActiveDeployments) {
        let rows = self
            .changed
            .iter()
            .filter_map(|id| self.live.get(id).map(|deployment| row(id, deployment)))
            .collect();
        (
            Batch {
                records: self.records,
                rows,
                locks: self.locks,
                holds: self.holds,
                withdrawals: self.withdrawals,
                facts: self.facts,
                cursors: self.cursors,
                bundles: self.bundles,
                github_deployments: self.github_deployments,
                prune: self.prune,
                answers: self.answers,
            },
            self.live.without_ended(&self.changed),
        )
    }

    /// What a rollback that was ordered meanwhile reads is kept.
    pub(super) fn prune(&mut self, these: Vec<Arc<Prunable>>) -> usize {
        let before = self.prune.len();
        self.prune.extend(these.into_iter().filter(|one| !self.live.is_gone_back_to(&one.id)));
        self.prune.len() - before
    }

    pub(super) fn begin(
        &mut self,
        id: DeploymentId,
        acceptance: Arc<Acceptance>,
    ) -> Result<Summary, StoreError> {
        let record = self.record(id, DeploymentEvent::Accepted(acceptance).into());
        let deployment = Deployment::begin(&record)
            .map_err(|source| StoreError::Broken { id: record.deployment.clone(), source })?;
        let summary = Summary::of(&record.deployment, &deployment);
        self.keep(vec![record], deployment);
        Ok(summary)
    }

    /// The newest attempt at a request.
    pub(super) fn accepted_before(
        &self,
        identity: &Identity,
    ) -> Result<Option<(Summary, Arc<Acceptance>)>, StoreError> {
        if let Some((id, deployment)) = self.live.find(identity) {
            return Ok(Some((Summary::of(id, deployment), Arc::clone(&deployment.acceptance))));
        }
        self.earlier.find(identity, self.store)
    }

    pub(in crate::journal) fn record(&self, id: DeploymentId, event: Event) -> Record {
        Record { sequence: self.live.last + 1, deployment: id, at: self.clock.now(), event }
    }

    /// Keeps a record that belongs to no deployment.
    pub(super) fn keep_alone(&mut self, id: DeploymentId, event: Event) {
        let record = self.record(id, event);
        self.live.last = record.sequence;
        self.records.push(Arc::new(record));
    }

    /// Keeps new records of a deployment, which is like this after the last of them.
    pub(super) fn keep(
        &mut self,
        records: Vec<Record>,
        deployment: Deployment,
    ) -> Vec<Arc<Record>> {
        let records: Vec<Arc<Record>> = records.into_iter().map(Arc::new).collect();
        if let Some(last) = records.last() {
            self.live.last = last.sequence;
            self.live.put(last.deployment.clone(), deployment);
            self.changed.insert(last.deployment.clone());
        }
        self.records.extend(records.iter().cloned());
        records
    }
}

fn row(id: &DeploymentId, deployment: &Deployment) -> Row {
    Row {
        summary: Summary::of(id, deployment),
        has_timestamp: deployment.acceptance.request.timestamp.is_some(),
        requested_at: deployment.acceptance.requested_at(),
        signed_by: deployment.acceptance.signer().map(str::to_owned),
        success: Success::of(id, deployment),
        bundle: deployment.bundle().cloned(),
        awaits_promotion: deployment.to_promote().next().is_some(),
        watched: deployment.watched().is_some(),
        unacknowledged: deployment.is_unacknowledged(),
    }
}
