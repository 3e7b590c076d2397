//! Deployments that wait for an approval or a deployment window, and whose service has a newer
//! request; pure.

use std::{collections::HashMap, sync::Arc};

use boathook_core::{
    deployment::{DeploymentId, ServiceKey},
    record::Origin,
    state::{Deployment, State},
};

use crate::scheduler::Supersession;

/// Those that a newer request makes out of date: to begin with them later would bring back what is
/// older. `live` is in order of acceptance.
///
/// One that waits for an approval gives way to any newer request. One that waits for a window has
/// all that it needs but the time, so it gives way to those that have that too, and not to one that
/// may never be approved. A newer redeploy brings no other image, and a rollback after a bad watch
/// none that anyone asked for, so that only an older redeploy gives way to those.
pub(super) fn outdated(live: &[(DeploymentId, Arc<Deployment>)]) -> Vec<Supersession> {
    let newest = |is_newer_than: &dyn Fn(&Deployment) -> bool| {
        let counted = live.iter().filter(|(_, one)| is_ahead(&one.state) && is_newer_than(one));
        counted.map(|(id, one)| (service(one), id)).collect::<HashMap<_, _>>()
    };
    let is_approved = |one: &Deployment| !matches!(one.state, State::AwaitingApproval { .. });
    let newest_of_all = newest(&|_| true);
    let newest_image = newest(&displaces_older);
    let newest_approved = newest(&is_approved);
    let newest_approved_image = newest(&|one| is_approved(one) && displaces_older(one));
    let by = |one: &Deployment| match (&one.state, is_redeploy(one)) {
        (State::AwaitingApproval { .. }, true) => newest_of_all.get(&service(one)),
        (State::AwaitingApproval { .. }, false) => newest_image.get(&service(one)),
        (State::AwaitingWindow { .. }, true) => newest_approved.get(&service(one)),
        (State::AwaitingWindow { .. }, false) => newest_approved_image.get(&service(one)),
        (
            State::Queued
            | State::Planning(_)
            | State::Deploying(_)
            | State::RollingBack(..)
            | State::Closing(_)
            | State::Ended(_),
            _,
        ) => None,
    };
    let newer =
        live.iter().filter_map(|(id, one)| by(one).filter(|by| **by != id).map(|by| (id, *by)));
    newer.map(|(id, by)| Supersession { id: id.clone(), by: by.clone() }).collect()
}

fn displaces_older(deployment: &Deployment) -> bool {
    deployment.acceptance.origin.displaces_older()
}

fn is_redeploy(deployment: &Deployment) -> bool {
    matches!(deployment.acceptance.origin, Origin::Redeploy { .. })
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
