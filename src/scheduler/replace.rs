//! Which deployments under way give way to a newer request, where an environment's config says so;
//! pure.

use std::{collections::HashMap, sync::Arc};

use boathook_core::{
    deployment::{DeploymentId, Environment, ServiceKey},
    record::{Acceptance, Origin, Status},
    state::{Deployment, State},
};

use crate::scheduler::Supersession;

/// The deployments under way that a newer waiting one of the same service replaces, and that are
/// not aborted yet. `live` is in order of acceptance. A newer request replaces if its environment
/// is among `replacing`. An operator's rollback replaces a deployment whose rollback has failed,
/// whatever the config says. A redeploy replaces nothing, nor does boathook's own rollback.
pub(super) fn replaced(
    live: &[(DeploymentId, Arc<Deployment>)],
    replacing: &[Environment],
) -> Vec<Supersession> {
    let newest = |wanted: &dyn Fn(&Deployment) -> bool| -> HashMap<ServiceKey, &DeploymentId> {
        let waiting =
            live.iter().filter(|(_, one)| matches!(one.state, State::Queued) && wanted(one));
        waiting.map(|(id, one)| (service(one), id)).collect()
    };
    let newer = newest(&|one| {
        let Acceptance { request, origin, .. } = &*one.acceptance;
        replacing.contains(&request.environment) && origin.displaces_older()
    });
    let orders =
        newest(&|one| matches!(one.acceptance.origin, Origin::Rollback { after_watch: None, .. }));
    let by = |one: &Deployment| match one.state.status() {
        Status::RollbackFailed => orders.get(&service(one)).or_else(|| newer.get(&service(one))),
        _ => newer.get(&service(one)),
    };
    let under_way = live.iter().filter(|(_, one)| may_be_replaced(&one.state));
    under_way
        .filter_map(|(id, one)| by(one).map(|&by| Supersession { id: id.clone(), by: by.clone() }))
        .collect()
}

fn service(deployment: &Deployment) -> ServiceKey {
    deployment.acceptance.request.service()
}

fn may_be_replaced(state: &State) -> bool {
    match state {
        State::Planning(steering) => steering.aborted.is_none(),
        State::Deploying(progress) => progress.steering.aborted.is_none(),
        State::RollingBack(_, rollback) => rollback
            .failed_rollback
            .as_ref()
            .is_some_and(|failed_rollback| failed_rollback.taken_over.is_none()),
        State::AwaitingApproval { .. }
        | State::AwaitingWindow { .. }
        | State::Queued
        | State::Closing(_)
        | State::Ended(_) => false,
    }
}
