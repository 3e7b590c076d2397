//! How a pending batch withdraws digests and reinstates them, by order and by itself.
//!
//! What a withdrawal ends is read before anything is kept, so that a disk that cannot be read leaves
//! nothing half done.

use std::sync::Arc;

use boathook_core::{
    deployment::{Actor, DeploymentId, Digest, Requester},
    proof::{DigestFact, Fact, What, Withdrawal, WithdrawalCause},
    record::{
        DeploymentEvent, Event, Failure, Origin, Outcome, PromotionEvent, Reason, Record,
        ReinstatedBy, ServiceHold, StepEvent, WithdrawalEvent,
    },
    state::{Deployment, State},
};

use crate::journal::{
    StoreError, Success, WithdrawalError, Withdrawn,
    store::new_id,
    writer::{active_deployments::fold, pending_batch::PendingBatch},
};

/// What follows from an event of a deployment.
pub(super) enum Consequence {
    None,
    Withdraw(PreparedWithdrawal),
    /// Of a success.
    Lift {
        /// The withdrawal of its digest, if it disproves that.
        withdrawal: Option<Arc<Withdrawal>>,
        /// What its request takes up after.
        hold: Option<Arc<ServiceHold>>,
    },
}

/// A withdrawal with all that it ends, read and not kept yet.
pub(super) struct PreparedWithdrawal {
    withdrawal: Arc<Withdrawal>,
    /// Deployments as they are now, and what happens to each.
    ends: Vec<(DeploymentId, Deployment, Vec<Event>)>,
}

impl PendingBatch<'_> {
    /// The withdrawal of a digest, if it is withdrawn.
    pub(super) fn withdrawal(
        &self,
        digest: &Digest,
    ) -> Result<Option<Arc<Withdrawal>>, StoreError> {
        match self.withdrawals.get(digest) {
            Some(changed) => Ok(changed.clone()),
            None => self.store.withdrawal(digest),
        }
    }

    /// By hand. An operator's word takes the place of boathook's own.
    pub(super) fn withdraw(
        &mut self,
        digest: Digest,
        by: Actor,
    ) -> Result<Withdrawn, WithdrawalError> {
        if let Some(already) = self.withdrawal(&digest)?.filter(|already| already.by().is_some()) {
            return Err(WithdrawalError::Already(already));
        }
        let cause = WithdrawalCause::Operator { by };
        let withdrawal =
            Arc::new(Withdrawal { id: new_id()?, digest, cause, since: self.clock.now() });
        let prepared = self.prepare(Arc::clone(&withdrawal))?;
        let ended = prepared.ends.iter().map(|(id, ..)| id.clone()).collect();
        self.keep_withdrawal(prepared);
        Ok(Withdrawn { withdrawal, ended })
    }

    /// By hand.
    pub(super) fn reinstate(
        &mut self,
        digest: &Digest,
        by: Actor,
    ) -> Result<Arc<Withdrawal>, WithdrawalError> {
        let withdrawal = self
            .withdrawal(digest)?
            .ok_or_else(|| WithdrawalError::NotWithdrawn(digest.clone()))?;
        self.keep_reinstated(&withdrawal, ReinstatedBy::Operator(by));
        Ok(withdrawal)
    }

    /// What an operator's rollback withdraws, unless an operator did already.
    pub(super) fn prepare_ordered(
        &self,
        withdrawal: Arc<Withdrawal>,
    ) -> Result<Option<PreparedWithdrawal>, StoreError> {
        match self.withdrawal(&withdrawal.digest)? {
            Some(already) if already.by().is_some() => Ok(None),
            Some(_) | None => self.prepare(withdrawal).map(Some),
        }
    }

    /// A digest whose deployment begins to roll back by itself is withdrawn if it ran and serves
    /// nowhere: otherwise the image is not at fault. Neither is that of an operator's rollback. It
    /// counts again once it succeeds in the same place.
    pub(super) fn consequence(
        &self,
        id: &DeploymentId,
        before: &State,
        after: &Deployment,
        records: &[Record],
    ) -> Result<Consequence, StoreError> {
        match &after.state {
            State::RollingBack(progress, rollback)
                if rollback.end == Outcome::RolledBack
                    && !matches!(before, State::RollingBack(..))
                    && progress.findings.candidate.is_some()
                    && !matches!(after.acceptance.origin, Origin::Rollback { .. })
                    && !records.iter().any(is_rejection) =>
            {
                let image = progress.findings.image.as_ref();
                let digest = image.unwrap_or(&after.acceptance.request.image).digest().cloned();
                let Some(digest) = digest else { return Ok(Consequence::None) };
                if self.store.serves(&digest)? || self.withdrawal(&digest)?.is_some() {
                    return Ok(Consequence::None);
                }
                let cause = failed(id, after, &rollback.reason);
                let since = self.clock.now();
                let withdrawal = Withdrawal { id: new_id()?, digest, cause, since };
                self.prepare(Arc::new(withdrawal)).map(Consequence::Withdraw)
            }
            State::Ended(outcome)
                if outcome.end == Outcome::Succeeded && !matches!(before, State::Ended(_)) =>
            {
                let request = &after.acceptance.request;
                let success = Success::of(id, after);
                let withdrawal = match success.as_ref().and_then(|one| one.image.digest()) {
                    Some(digest) => self.withdrawal(digest)?,
                    None => None,
                };
                let withdrawal = withdrawal.filter(|withdrawal| {
                    withdrawal.is_disproven_in(request.environment, &request.service())
                });
                Ok(Consequence::Lift { withdrawal, hold: self.hold_ended_by(after) })
            }
            _ => Ok(Consequence::None),
        }
    }

    pub(super) fn follow(&mut self, id: &DeploymentId, consequence: Consequence) {
        match consequence {
            Consequence::None => {}
            Consequence::Withdraw(prepared) => self.keep_withdrawal(prepared),
            Consequence::Lift { withdrawal, hold } => {
                if let Some(withdrawal) = withdrawal {
                    self.keep_reinstated(&withdrawal, ReinstatedBy::Success(id.clone()));
                }
                if let Some(hold) = hold {
                    self.end_hold(&hold, Requester::NewerRequest(id.clone()));
                }
            }
        }
    }

    pub(super) fn keep_withdrawal(&mut self, prepared: PreparedWithdrawal) {
        let PreparedWithdrawal { withdrawal, ends } = prepared;
        let event = WithdrawalEvent::Withdrawn(Arc::clone(&withdrawal)).into();
        self.keep_alone(withdrawal.id.clone(), event);
        // What it served where it failed counts no more, also after its success there.
        if let WithdrawalCause::Failed { environment, service, .. } = &withdrawal.cause {
            let fact = Fact {
                service: service.clone(),
                at: withdrawal.since,
                what: What::Unhealthy,
                bundle: None,
            };
            let digest = withdrawal.digest.clone();
            self.facts.push(DigestFact { digest, environment: *environment, fact });
        }
        self.withdrawals.insert(withdrawal.digest.clone(), Some(withdrawal));
        for (id, mut deployment, events) in ends {
            for event in events {
                let record = self.record(id.clone(), event);
                // Only what waits was read, and what waits can end.
                let Ok(after) = deployment.apply(record.at, &record.event) else { break };
                self.keep(vec![record], after.clone());
                deployment = after;
            }
        }
    }

    fn keep_reinstated(&mut self, withdrawal: &Arc<Withdrawal>, by: ReinstatedBy) {
        let event = WithdrawalEvent::Reinstated { by, withdrawal: Arc::clone(withdrawal) }.into();
        self.keep_alone(withdrawal.id.clone(), event);
        self.withdrawals.insert(withdrawal.digest.clone(), None);
    }

    fn prepare(&self, withdrawal: Arc<Withdrawal>) -> Result<PreparedWithdrawal, StoreError> {
        let mut waiting = self
            .live
            .in_order()
            .into_iter()
            .map(|(id, deployment)| (id, Deployment::clone(&deployment)))
            .collect::<Vec<_>>();
        for id in self.store.promotions_of(&withdrawal.digest)? {
            if self.live.get(&id).is_none()
                && let Some(deployment) = fold(&id, &self.store.records(&id, 0)?)?
            {
                waiting.push((id, deployment));
            }
        }
        let ends = waiting.into_iter().filter_map(|(id, deployment)| {
            let events = ending(&id, &deployment, &withdrawal);
            (!events.is_empty()).then_some((id, deployment, events))
        });
        let ends = ends.collect();
        Ok(PreparedWithdrawal { withdrawal, ends })
    }
}

/// What ends each promotion of that digest that waits (to be sent, for an approval, for a deployment
/// window, or for its turn), or a redeploy of it that has not begun.
fn ending(id: &DeploymentId, deployment: &Deployment, withdrawal: &Arc<Withdrawal>) -> Vec<Event> {
    let is_it = |digest: Option<&Digest>| digest == Some(&withdrawal.digest);
    let Deployment { acceptance, state, .. } = deployment;
    match state {
        State::AwaitingApproval { .. } | State::AwaitingWindow { .. } | State::Queued => {
            let must_count = match acceptance.origin {
                Origin::Requested | Origin::Retry { .. } => acceptance.request.auto_promotion,
                Origin::Redeploy { .. } => true,
                Origin::Rollback { .. } => false,
            };
            let ends = must_count && is_it(acceptance.request.image.digest());
            let reason = Reason::Withdrawn { withdrawal: Arc::clone(withdrawal) };
            let event = DeploymentEvent::ImageWithdrawn { reason };
            ends.then(|| event.into()).into_iter().collect()
        }
        State::Ended(_) => {
            let success = Success::of(id, deployment);
            let ends = success.is_some_and(|success| is_it(success.image.digest()));
            let ended = deployment.to_promote().filter(|_| ends).map(|state| {
                let to = state.promotion.to;
                let reason = Reason::Withdrawn { withdrawal: Arc::clone(withdrawal) };
                PromotionEvent::NotPromoted { to, reason }.into()
            });
            ended.collect()
        }
        State::Planning(_) | State::Deploying(_) | State::RollingBack(..) | State::Closing(_) => {
            Vec::new()
        }
    }
}

/// Whether policy refused the deployment, which says nothing about its image.
const fn is_rejection(record: &Record) -> bool {
    matches!(record.event, Event::Step(StepEvent::StepFailed { failure: Failure::Rejected { .. } }))
}

fn failed(id: &DeploymentId, deployment: &Deployment, reason: &Reason) -> WithdrawalCause {
    let request = &deployment.acceptance.request;
    WithdrawalCause::Failed {
        deployment: id.clone(),
        environment: request.environment,
        service: request.service(),
        reason: WithdrawalCause::shortened(&reason.clone().without_user().to_string()),
    }
}
