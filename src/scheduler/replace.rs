//! Which deployments under way give way to a newer request, where an environment's config says so; pure.

use std::{collections::HashMap, sync::Arc};

use crate::{
    deployment::{Environment, JobId, ServiceKey},
    journal::{Deployment, State},
    scheduler::Supersession,
};

/// Those under way whose service has a newer request waiting, and that nobody called off yet. `live` is in order of acceptance.
pub(super) fn replaced(live: &[(JobId, Arc<Deployment>)], replacing: &[Environment]) -> Vec<Supersession> {
    let waiting: HashMap<ServiceKey, &JobId> =
        live.iter().filter(|(_, one)| waits(one, replacing)).map(|(job, one)| (service(one), job)).collect();
    let under_way = live.iter().filter(|(_, one)| may_be_called_off(&one.state));
    under_way.filter_map(|(job, one)| waiting.get(&service(one)).map(|&by| Supersession { job: job.clone(), by: by.clone() })).collect()
}

fn service(deployment: &Deployment) -> ServiceKey {
    deployment.acceptance.request.service()
}

fn waits(deployment: &Deployment, replacing: &[Environment]) -> bool {
    matches!(deployment.state, State::Queued) && replacing.contains(&deployment.acceptance.request.environment)
}

fn may_be_called_off(state: &State) -> bool {
    match state {
        State::Planning(steering) => steering.aborted.is_none(),
        State::Deploying(progress) => progress.steering.aborted.is_none(),
        State::RollingBack(_, retreat) => retreat.setback.as_ref().is_some_and(|setback| setback.taken_over.is_none()),
        State::AwaitingApproval { .. } | State::Queued | State::Closing(_) | State::Ended(_) => false,
    }
}
