//! How a pending batch retries a deployment that has ended without success.

use std::sync::Arc;

use boathook_core::{
    deployment::DeploymentId,
    record::{Acceptance, Approvers, Origin, Outcome},
    state::Deployment,
};
use jiff::Timestamp;

use crate::journal::{
    RetryError, StoreError, Summary,
    writer::{active_deployments::fold, pending_batch::PendingBatch, write::RetryRequest},
};

impl PendingBatch<'_> {
    pub(super) fn retry(
        &mut self,
        id: DeploymentId,
        again: RetryRequest,
        queue_limit: usize,
    ) -> Result<Summary, RetryError> {
        let RetryRequest { of, by, opens_at, token } = again;
        let ended = self.ended_without_success(&of)?;
        let earlier = Arc::unwrap_or_clone(self.acceptance_to_repeat(&ended)?);
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

    /// The deployment to retry; an error unless it ended without success.
    fn ended_without_success(&self, of: &DeploymentId) -> Result<Summary, RetryError> {
        let ended = match self.live.get(of) {
            Some(deployment) => Some(Summary::of(of, deployment)),
            None => self.store.summary(of)?,
        };
        let ended = ended.ok_or_else(|| RetryError::Unknown(of.clone()))?;
        match ended.status.end() {
            None => Err(RetryError::NotEnded(ended.status)),
            Some(Outcome::Succeeded) => Err(RetryError::Succeeded),
            Some(_) => Ok(ended),
        }
    }

    /// What was accepted with the deployment to retry; an error unless it is the newest attempt, at a
    /// request that may be repeated.
    fn acceptance_to_repeat(&self, ended: &Summary) -> Result<Arc<Acceptance>, RetryError> {
        let newest = self.accepted_before(&ended.identity())?;
        let (newest, earlier) = newest.ok_or_else(|| RetryError::Unknown(ended.id.clone()))?;
        if newest.id != ended.id {
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
        Ok(earlier)
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
}
