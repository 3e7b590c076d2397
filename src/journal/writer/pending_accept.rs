//! How a pending batch accepts a request: it is none that was accepted before, and nothing refuses it.

use std::sync::Arc;

use boathook_core::{
    deployment::{DeployRequest, DeploymentId},
    record::{Acceptance, DeploymentEvent, Event, Origin},
};

use crate::journal::{
    AcceptError, Accepted, StoreError, Success,
    writer::{
        commands::AcceptOrder, earlier_requests::ordered_at, order_error::OrderError,
        pending_batch::PendingBatch, write::RollbackEffects,
    },
};

impl PendingBatch<'_> {
    pub(super) fn accept(
        &mut self,
        id: DeploymentId,
        acceptance: Arc<Acceptance>,
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
        Ok(Accepted::New(self.begin(id, acceptance)?))
    }

    pub(super) fn accept_order(&mut self, order: AcceptOrder) -> Result<Accepted, OrderError> {
        let AcceptOrder { id, acceptance, last_success, rollback, queue_limit } = order;
        let request = &acceptance.request;
        if self.last_success(request)?.map(|success| success.deployment) != last_success {
            let environment = request.environment;
            let service = request.service();
            return Err(OrderError::Changed { environment, service });
        }
        let Some(RollbackEffects { holds, withdraws }) = rollback else {
            return Ok(self.accept(id, acceptance, queue_limit)?);
        };
        let withdraws =
            withdraws.map(|withdrawal| self.prepare_ordered(withdrawal)).transpose()?.flatten();
        let accepted = self.accept(id, acceptance, queue_limit)?;
        if matches!(accepted, Accepted::New(_)) {
            self.hold(&holds);
            if let Some(prepared) = withdraws {
                self.keep_withdrawal(prepared);
            }
        }
        Ok(accepted)
    }

    /// The last success of the request's service.
    fn last_success(&self, request: &DeployRequest) -> Result<Option<Success>, StoreError> {
        let environment = request.environment;
        let service = request.service();
        let here = self.records.iter().rev().find_map(|record| {
            let Event::Deployment(DeploymentEvent::Ended { .. }) = record.event else {
                return None;
            };
            let ended = self.live.get(&record.deployment)?;
            let request = &ended.acceptance.request;
            let is_same = request.environment == environment && request.service() == service;
            Success::of(&record.deployment, ended).filter(|_| is_same)
        });
        match here {
            Some(success) => Ok(Some(success)),
            None => self.store.last_success(environment, &service),
        }
    }

    /// Those that wait for a window have as much room of their own in each environment. An operator's
    /// rollback needs none.
    pub(super) fn has_room(&self, acceptance: &Acceptance, limit: usize) -> bool {
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
        let Some(made) = ordered_at(acceptance) else { return Ok(()) };
        let environment = acceptance.request.environment;
        let service = (environment, acceptance.request.service());
        let stored = self.earlier.newest(&service, self.store)?;
        let newest = self
            .live
            .newest_request(environment, &service.1)
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
}
