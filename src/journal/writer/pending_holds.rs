//! How a pending batch holds services and releases them.

use std::sync::Arc;

use boathook_core::{
    deployment::Requester,
    record::{Acceptance, HoldEvent, Origin, ServiceHold},
    state::Deployment,
};

use crate::journal::{
    AcceptError, ReleaseError,
    writer::{pending_batch::PendingBatch, write::ReleaseRequest},
};

impl PendingBatch<'_> {
    /// A held service refuses senders' requests, never an operator's commands.
    pub(super) fn check_not_held(&self, acceptance: &Acceptance) -> Result<(), AcceptError> {
        match (&acceptance.origin, self.hold_on(acceptance)) {
            (Origin::Requested, Some(hold)) if hold.refuses(&acceptance.request) => {
                Err(AcceptError::Held(hold))
            }
            _ => Ok(()),
        }
    }

    /// What the success of a request ends that says it takes up where an operator rolled back. It
    /// did not know of a later rollback.
    pub(super) fn hold_ended_by(&self, deployment: &Deployment) -> Option<Arc<ServiceHold>> {
        let Deployment { acceptance, accepted_at, .. } = deployment;
        let hold = self.hold_on(acceptance)?;
        (acceptance.request.after_rollback && hold.since <= *accepted_at).then_some(hold)
    }

    /// The newest rollback of a service holds it.
    pub(super) fn hold(&mut self, hold: &Arc<ServiceHold>) {
        let mut holds = self.live.holds().to_vec();
        holds.retain(|other| !other.is_of(hold.environment, &hold.service));
        holds.push(Arc::clone(hold));
        self.keep_alone(hold.id.clone(), HoldEvent::ServiceHeld(Arc::clone(hold)).into());
        self.set_holds(holds);
    }

    pub(super) fn release(
        &mut self,
        request: ReleaseRequest,
    ) -> Result<Arc<ServiceHold>, ReleaseError> {
        let ReleaseRequest { environment, service, by } = request;
        let holds = self.live.holds();
        let hold = holds.iter().find(|hold| hold.is_of(environment, &service)).cloned();
        let hold = hold.ok_or(ReleaseError::NotHeld { environment, service })?;
        self.end_hold(&hold, by.into());
        Ok(hold)
    }

    fn hold_on(&self, acceptance: &Acceptance) -> Option<Arc<ServiceHold>> {
        let request = &acceptance.request;
        let service = request.service();
        self.live.holds().iter().find(|hold| hold.is_of(request.environment, &service)).cloned()
    }

    pub(super) fn end_hold(&mut self, hold: &Arc<ServiceHold>, by: Requester) {
        let mut holds = self.live.holds().to_vec();
        holds.retain(|other| other.id != hold.id);
        let event = HoldEvent::ServiceReleased { by, hold: Arc::clone(hold) };
        self.keep_alone(hold.id.clone(), event.into());
        self.set_holds(holds);
    }

    fn set_holds(&mut self, holds: Vec<Arc<ServiceHold>>) {
        self.live.set_holds(holds.clone());
        self.holds = Some(holds);
    }
}
