//! What a deployment in the queue waits for.

use std::{sync::Arc, time::Duration};

use boathook_core::{
    deployment::DeploymentId,
    record::{Reason, Status},
    state::{Deployment, State},
};

use crate::journal::{Journal, Summary};

impl Journal {
    /// What an accepted deployment that has not begun waits for: the one before it on the same
    /// service, or else those that run. None if it does not wait.
    #[must_use]
    pub fn held_up(&self, id: &DeploymentId) -> Option<Reason> {
        let live = self.live();
        let (_, own) =
            live.iter().find(|(other, one)| other == id && one.state == State::Queued)?;
        let service = own.acceptance.request.service();
        let waited = self.now().duration_since(own.changed_at).unsigned_abs();
        let begun = || live.iter().filter(|(_, one)| has_begun(one));
        if let Some((before, one)) =
            begun().find(|(_, one)| one.acceptance.request.service() == service)
        {
            return Some(behind(before, one, waited));
        }
        match begun().filter(|(_, one)| one.state.status() != Status::RollbackFailed).count() {
            0 => None,
            running => Some(Reason::WaitsForTurn { running, waited }),
        }
    }

    /// A deployment's row with what its columns do not hold: what it waits for in the queue, and
    /// whether it is paused.
    pub(super) fn with_live_state(&self, summary: Summary) -> Summary {
        match summary.status {
            Status::Queued => Summary { reason: self.held_up(&summary.id), ..summary },
            Status::Planning | Status::Deploying => {
                let paused = self
                    .shared
                    .live()
                    .get(&summary.id)
                    .is_some_and(|deployment| deployment.state.is_paused());
                Summary { paused, ..summary }
            }
            _ => summary,
        }
    }
}

fn has_begun(deployment: &Arc<Deployment>) -> bool {
    !deployment.state.waits() && !matches!(deployment.state, State::Ended(_))
}

fn behind(deployment: &DeploymentId, state: &Deployment, waited: Duration) -> Reason {
    Reason::WaitsFor {
        deployment: deployment.clone(),
        waited,
        status: state.state.status(),
        because: state.reason().map(Box::new),
    }
}
