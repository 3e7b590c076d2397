//! The content of one transaction: the events that are possible, and the answer to each caller.
//!
//! A pending batch writes and publishes nothing: dropping it leaves the journal unchanged.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use boathook_core::{
    clock::Clock,
    deployment::{DeploymentId, Digest, Identity},
    proof::DigestFact,
    record::{
        Acceptance, Approvers, DeploymentEvent, Event, Lock, Origin, Outcome, Record, ServiceHold,
        Withdrawal,
    },
    state::{Deployment, IllegalEvent},
};
use jiff::{SignedDuration, Timestamp};

use crate::journal::{
    AcceptError, Accepted, AppendError, Batch, PackedBundle, Prunable, RetryError, Row, Store,
    StoreError, Success, Summary,
    writer::{
        active_deployments::{ActiveDeployments, fold},
        write::{
            Answer, DatedEvent, FollowUp, RetryRequest, RollbackEffects, WriteCommand, answer,
        },
    },
};

/// An event that is written this long after it happened has waited for the disk, not for company.
const LATE: SignedDuration = SignedDuration::from_secs(2);

/// The journal as it will be, once it is on disk.
pub(super) struct PendingBatch<'a> {
    pub(super) store: &'a dyn Store,
    pub(in crate::journal) clock: &'a Clock,
    pub(in crate::journal) live: ActiveDeployments,
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
    prune: Vec<Arc<Prunable>>,
}

impl<'a> PendingBatch<'a> {
    pub(in crate::journal) fn new(
        store: &'a dyn Store,
        clock: &'a Clock,
        live: ActiveDeployments,
    ) -> Self {
        Self {
            store,
            clock,
            live,
            records: Vec::new(),
            changed: BTreeSet::new(),
            locks: None,
            holds: None,
            withdrawals: HashMap::new(),
            facts: Vec::new(),
            cursors: HashMap::new(),
            bundles: Vec::new(),
            prune: Vec::new(),
        }
    }

    /// Adds a command, if it is possible. An answer about a deployment that the batch changes waits
    /// for the disk; any other can be given even while nothing can be written.
    pub(super) fn add(&mut self, write: WriteCommand) -> Answer {
        match write {
            WriteCommand::Accept { id, acceptance, bundle, rollback, queue_limit, reply } => {
                let result = self.accept(id, acceptance, rollback, queue_limit);
                if matches!(result, Ok(Accepted::New(_))) {
                    self.bundles.extend(bundle);
                }
                let about = match &result {
                    Ok(Accepted::New(summary) | Accepted::Repeat(summary)) => Some(&summary.id),
                    Err(
                        AcceptError::Conflict { existing: known }
                        | AcceptError::Older { newer: known, .. },
                    ) => Some(&known.id),
                    Err(
                        AcceptError::Locked(_)
                        | AcceptError::Held(_)
                        | AcceptError::Withdrawn { .. }
                        | AcceptError::QueueFull
                        | AcceptError::Store(_),
                    ) => None,
                };
                let by_new = match &result {
                    Err(AcceptError::Locked(_)) => self.locks.is_some(),
                    Err(AcceptError::Held(_)) => self.holds.is_some(),
                    Err(AcceptError::Withdrawn { .. }) => !self.withdrawals.is_empty(),
                    _ => false,
                };
                let waits = by_new || about.is_some_and(|id| self.changed.contains(id));
                answer(reply, result, waits)
            }
            WriteCommand::Retry { id, again, queue_limit, reply } => {
                let result = self.retry(id, again, queue_limit);
                let waits = result.as_ref().is_ok_and(|summary| self.changed.contains(&summary.id));
                answer(reply, result, waits)
            }
            WriteCommand::Append { id, events, follow_up, reply } => {
                let result = self.append(&id, events, follow_up);
                answer(reply, result, self.changed.contains(&id))
            }
            WriteCommand::RollBackWatched { rollback, reply } => {
                answer(reply, self.roll_back_watched(*rollback), true)
            }
            WriteCommand::Lock { lock, reply } => answer(reply, self.lock(lock), true),
            WriteCommand::Unlock { release, reply } => answer(reply, self.unlock(release), true),
            WriteCommand::Release { request, reply } => answer(reply, self.release(request), true),
            WriteCommand::Withdraw { digest, by, reply } => {
                answer(reply, self.withdraw(digest, by), true)
            }
            WriteCommand::Reinstate { digest, by, reply } => {
                answer(reply, self.reinstate(&digest, by), true)
            }
            WriteCommand::KeepCursor { source, position, reply } => {
                self.cursors.insert(source, position);
                answer(reply, Ok::<(), StoreError>(()), true)
            }
            WriteCommand::Prune { these, reply } => answer(reply, Ok(self.prune(these)), true),
            WriteCommand::Ping { reply } => answer(reply, Ok::<(), StoreError>(()), false),
        }
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
                prune: self.prune,
            },
            self.live.without_ended(&self.changed),
        )
    }

    fn accept(
        &mut self,
        id: DeploymentId,
        acceptance: Arc<Acceptance>,
        rollback: Option<RollbackEffects>,
        queue_limit: usize,
    ) -> Result<Accepted, AcceptError> {
        if let Some((summary, earlier)) = self.accepted_before(&acceptance.request.identity())? {
            let repeats = earlier.is_repeated_by(&acceptance.request, &acceptance.source);
            return if repeats {
                Ok(Accepted::Repeat(summary))
            } else {
                Err(AcceptError::Conflict { existing: Box::new(summary) })
            };
        }
        self.check_unlocked(&acceptance)?;
        self.check_not_held(&acceptance)?;
        self.check_not_withdrawn(&acceptance)?;
        self.check_order(&acceptance)?;
        if !self.has_room(&acceptance, queue_limit) {
            return Err(AcceptError::QueueFull);
        }
        let withdraws = rollback.as_ref().and_then(|effects| effects.withdraws.clone());
        let withdraws =
            withdraws.map(|withdrawal| self.prepare_ordered(withdrawal)).transpose()?.flatten();
        let accepted = self.begin(id.clone(), Arc::clone(&acceptance))?;
        if let Some(RollbackEffects { holds, withdraws: _ }) = rollback {
            self.hold(&holds);
        }
        if let Some(prepared) = withdraws {
            self.keep_withdrawal(prepared);
        }
        Ok(Accepted::New(accepted))
    }

    /// Those that wait for a window have as much room of their own in each environment. An operator's
    /// rollback needs none.
    fn has_room(&self, acceptance: &Acceptance, limit: usize) -> bool {
        let Acceptance { origin, request, approve_until, opens_at, .. } = acceptance;
        let waiting = match (origin, approve_until, opens_at) {
            (Origin::Rollback { .. }, ..) => return true,
            (_, None, Some(_)) => self.live.awaiting_window(request.environment),
            (_, Some(_), _) | (_, None, None) => self.live.waiting(),
        };
        waiting < limit
    }

    /// A lock refuses senders' requests, never an operator's commands.
    fn check_unlocked(&self, acceptance: &Acceptance) -> Result<(), AcceptError> {
        let request = &acceptance.request;
        let now = self.clock.now();
        let lock = self
            .live
            .locks(now)
            .into_iter()
            .find(|lock| lock.covers(request.environment, &request.service()));
        match (&acceptance.origin, lock) {
            (Origin::Requested, Some(lock)) => Err(AcceptError::Locked(lock)),
            (Origin::Requested, None)
            | (Origin::Retry { .. } | Origin::Rollback { .. } | Origin::Redeploy { .. }, _) => {
                Ok(())
            }
        }
    }

    /// A withdrawn digest is neither promoted nor rolled back to nor redeployed.
    fn check_not_withdrawn(&self, acceptance: &Acceptance) -> Result<(), AcceptError> {
        let request = &acceptance.request;
        let must_count = match &acceptance.origin {
            Origin::Requested | Origin::Retry { .. } => acceptance.is_promotion(),
            Origin::Rollback { .. } | Origin::Redeploy { .. } => true,
        };
        let Some(digest) = request.image.digest().filter(|_| must_count) else { return Ok(()) };
        match self.withdrawal(digest)? {
            None => Ok(()),
            Some(withdrawal) => {
                Err(AcceptError::Withdrawn { environment: request.environment, withdrawal })
            }
        }
    }

    /// A sender's request does not overwrite one for the same service that was made later, unless
    /// it says that it may.
    fn check_order(&self, acceptance: &Acceptance) -> Result<(), AcceptError> {
        let (Some(made), false) = (acceptance.requested_at(), acceptance.request.allow_older)
        else {
            return Ok(());
        };
        let environment = acceptance.request.environment;
        let service = acceptance.request.service();
        let stored = self.store.newest_request(environment, &service)?;
        let newest = self
            .live
            .newest_request(environment, &service)
            .into_iter()
            .chain(stored)
            .max_by_key(|(at, _)| at.as_microsecond());
        match newest {
            Some((requested_at, newer))
                if made.as_microsecond() < requested_at.as_microsecond() =>
            {
                Err(AcceptError::Older { newer: Box::new(newer), requested_at })
            }
            Some(_) | None => Ok(()),
        }
    }

    fn retry(
        &mut self,
        id: DeploymentId,
        again: RetryRequest,
        queue_limit: usize,
    ) -> Result<Summary, RetryError> {
        let RetryRequest { of, by, opens_at, token } = again;
        let ended = match self.live.get(&of) {
            Some(deployment) => Some(Summary::of(&of, deployment)),
            None => self.store.summary(&of)?,
        };
        let ended = ended.ok_or_else(|| RetryError::Unknown(of.clone()))?;
        match ended.status.end() {
            None => return Err(RetryError::NotEnded(ended.status)),
            Some(Outcome::Succeeded) => return Err(RetryError::Succeeded),
            Some(_) => {}
        }
        let newest = self.accepted_before(&ended.identity())?;
        let (newest, earlier) = newest.ok_or_else(|| RetryError::Unknown(of.clone()))?;
        if newest.id != of {
            return Err(RetryError::NotNewest { newest: newest.id });
        }
        match earlier.origin {
            Origin::Rollback { .. } => return Err(RetryError::Rollback),
            Origin::Redeploy { .. } => return Err(RetryError::Redeploy),
            Origin::Requested | Origin::Retry { .. } => {}
        }
        if let Some(digest) = earlier.request.image.digest().filter(|_| earlier.is_promotion())
            && let Some(withdrawal) = self.withdrawal(digest)?
        {
            return Err(RetryError::Withdrawn(withdrawal));
        }
        let earlier = Acceptance::clone(&earlier);
        let approve_until = self.approve_again(&of, &earlier, ended.accepted_at)?;
        // One that was approved needs nobody's approval again.
        let approvers = match approve_until {
            Some(_) => earlier.approvers.clone(),
            None => Approvers::default(),
        };
        let attempt = Acceptance {
            token,
            attempt: earlier.attempt + 1,
            origin: Origin::Retry { of, by },
            approve_until,
            approvers,
            opens_at,
            ..earlier
        };
        if !self.has_room(&attempt, queue_limit) {
            return Err(RetryError::QueueFull);
        }
        Ok(self.begin(id, Arc::new(attempt))?)
    }

    /// The approval deadline of an attempt whose request was never approved: as long as the one
    /// before had.
    fn approve_again(
        &self,
        of: &DeploymentId,
        earlier: &Acceptance,
        accepted_at: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let Some(until) = earlier.approve_until else { return Ok(None) };
        let ended = match self.live.get(of) {
            Some(deployment) => Some(Deployment::clone(deployment)),
            None => fold(of, &self.store.records(of, 0)?)?,
        };
        let approved = ended.is_some_and(|deployment| deployment.is_approved());
        let again = self
            .clock
            .now()
            .saturating_add(until.duration_since(accepted_at))
            .unwrap_or(Timestamp::MAX);
        Ok((!approved).then_some(again))
    }

    /// What a rollback that was ordered meanwhile reads is kept.
    fn prune(&mut self, these: Vec<Arc<Prunable>>) -> usize {
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
    fn accepted_before(
        &self,
        identity: &Identity,
    ) -> Result<Option<(Summary, Arc<Acceptance>)>, StoreError> {
        if let Some((id, deployment)) = self.live.find(identity) {
            return Ok(Some((Summary::of(id, deployment), Arc::clone(&deployment.acceptance))));
        }
        let Some(summary) = self.store.find(identity)? else { return Ok(None) };
        let first = self.store.record(summary.accepted_seq)?.map(|record| record.event);
        match first.as_ref().and_then(Event::acceptance) {
            Some(acceptance) => Ok(Some((summary, Arc::clone(acceptance)))),
            None => {
                let event = first.map_or("nothing", |event| event.name());
                Err(StoreError::Broken {
                    id: summary.id,
                    source: IllegalEvent { event, state: "none" },
                })
            }
        }
    }

    /// All of the events, and what follows on them, or none.
    fn append(
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
            Ok(Some(ended)) => {
                IllegalEvent { event: event.name(), state: ended.status.name() }.into()
            }
            Ok(None) => AppendError::Unknown(id.clone()),
            Err(error) => error.into(),
        }
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

/// The time of an event that happened at `at` and is written `now`, after what changed `before`. One
/// that waited for the disk has the time at which the disk was there: notifications of it are not
/// stale. No record is older than the one before it, unless the clock was set back.
fn dated(at: Timestamp, before: Timestamp, now: Timestamp) -> Timestamp {
    let at = if now.duration_since(at) > LATE { now } else { at };
    if before <= now { at.max(before) } else { at }
}
