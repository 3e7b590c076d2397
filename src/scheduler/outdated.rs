//! Deployments that wait for an approval or a deployment window, and whose service has a newer
//! request; pure.

use std::{collections::HashMap, sync::Arc};

use boathook_core::{
    deployment::{DeploymentId, ServiceKey},
    state::{Deployment, State},
};

use crate::scheduler::Supersession;

/// Those that a newer request makes out of date: to begin with them later would bring back what is
/// older. `live` is in order of acceptance.
///
/// One that waits for an approval gives way to any newer request. One that waits for a window has
/// all that it needs but the time, so it gives way to those that have that too, and not to one that
/// may never be approved.
pub(super) fn outdated(live: &[(DeploymentId, Arc<Deployment>)]) -> Vec<Supersession> {
    let newest = |counts: fn(&State) -> bool| -> HashMap<ServiceKey, &DeploymentId> {
        let counted = live.iter().filter(|(_, one)| counts(&one.state));
        counted.map(|(id, one)| (service(one), id)).collect()
    };
    let newest_of_all = newest(is_ahead);
    let newest_approved =
        newest(|state| is_ahead(state) && !matches!(state, State::AwaitingApproval { .. }));
    let by = |one: &Deployment| match &one.state {
        State::AwaitingApproval { .. } => newest_of_all.get(&service(one)),
        State::AwaitingWindow { .. } => newest_approved.get(&service(one)),
        State::Queued
        | State::Planning(_)
        | State::Deploying(_)
        | State::RollingBack(..)
        | State::Closing(_)
        | State::Ended(_) => None,
    };
    let newer =
        live.iter().filter_map(|(id, one)| by(one).filter(|by| **by != id).map(|by| (id, *by)));
    newer.map(|(id, by)| Supersession { id: id.clone(), by: by.clone() }).collect()
}

fn service(deployment: &Deployment) -> ServiceKey {
    deployment.acceptance.request.service()
}

/// Whether it may still change its service.
const fn is_ahead(state: &State) -> bool {
    match state {
        State::AwaitingApproval { .. }
        | State::AwaitingWindow { .. }
        | State::Queued
        | State::Planning(_)
        | State::Deploying(_)
        | State::RollingBack(..) => true,
        State::Closing(_) | State::Ended(_) => false,
    }
}
