//! What a deployment in the queue waits for.

use std::sync::Arc;

use crate::{
    deployment::DeploymentId,
    journal::{Deployment, Journal, State, Status, Summary},
};

impl Journal {
    /// What an accepted deployment that has not begun waits for, for people: the one before it on the same service, or else those that run.
    /// None if it does not wait.
    #[must_use]
    pub fn held_up(&self, id: &DeploymentId) -> Option<String> {
        let live = self.live();
        let (_, own) = live.iter().find(|(other, one)| other == id && one.state == State::Queued)?;
        let service = own.acceptance.request.service();
        let begun = || live.iter().filter(|(_, one)| has_begun(one));
        if let Some((before, one)) = begun().find(|(_, one)| one.acceptance.request.service() == service) {
            return Some(behind(before, one));
        }
        match begun().filter(|(_, one)| one.state.status() != Status::RollbackFailed).count() {
            0 => None,
            running => Some(format!("waits for its turn: {running} deployments of other services are under way")),
        }
    }

    /// A queued deployment's row, with what it waits for.
    pub(super) fn with_held_up(&self, summary: Summary) -> Summary {
        match summary.status {
            Status::Queued => Summary { reason: self.held_up(&summary.id), ..summary },
            _ => summary,
        }
    }
}

fn has_begun(deployment: &Arc<Deployment>) -> bool {
    !matches!(deployment.state, State::AwaitingApproval { .. } | State::Queued | State::Ended(_))
}

fn behind(id: &DeploymentId, deployment: &Deployment) -> String {
    let status = deployment.state.status();
    let since = deployment.accepted_at.strftime("%Y-%m-%d %H:%M:%S UTC");
    let why = deployment.state.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
    let mut words = format!("waits for {id} of the same service, accepted {since} and now {}{why}", status.name().replace('_', " "));
    if status == Status::RollbackFailed {
        words += &format!(
            "; boathook goes on trying to roll it back; `boathook abort {id}` leaves the service as it is and lets this one begin"
        );
    }
    words
}
