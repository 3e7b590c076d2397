//! Deployments that wait for an operator's approval: which have waited too long, and which are out
//! of date; pure.

use std::{collections::HashMap, sync::Arc, time::Duration};

use boathook_core::{
    deployment::{DeploymentId, ServiceKey},
    state::{Deployment, State},
};
use jiff::Timestamp;

use crate::scheduler::Supersession;

/// Those whose time is over at `now`.
pub(super) fn expired(
    live: &[(DeploymentId, Arc<Deployment>)],
    now: Timestamp,
) -> Vec<DeploymentId> {
    live.iter()
        .filter(|(_, one)| until(one).is_some_and(|until| until <= now))
        .map(|(id, _)| id.clone())
        .collect()
}

/// How long it is until the next one's time is over.
pub(super) fn next_expiry(
    live: &[(DeploymentId, Arc<Deployment>)],
    now: Timestamp,
) -> Option<Duration> {
    let next = live.iter().filter_map(|(_, one)| until(one)).filter(|until| *until > now).min()?;
    Some(next.duration_since(now).unsigned_abs())
}

/// Those whose service has a newer request, whether that waits too or has begun: a yes to them
/// would bring back what is older. `live` is in order of acceptance.
pub(super) fn outdated(live: &[(DeploymentId, Arc<Deployment>)]) -> Vec<Supersession> {
    let newest: HashMap<ServiceKey, &DeploymentId> = live
        .iter()
        .filter(|(_, one)| counts(&one.state))
        .map(|(id, one)| (service(one), id))
        .collect();
    let awaiting = live.iter().filter(|(_, one)| until(one).is_some());
    let newer = awaiting.filter_map(|(id, one)| {
        newest.get(&service(one)).filter(|by| **by != id).map(|by| (id, *by))
    });
    newer.map(|(id, by)| Supersession { id: id.clone(), by: by.clone() }).collect()
}

fn until(deployment: &Deployment) -> Option<Timestamp> {
    if let State::AwaitingApproval { until } = &deployment.state { Some(*until) } else { None }
}

fn service(deployment: &Deployment) -> ServiceKey {
    deployment.acceptance.request.service()
}

const fn counts(state: &State) -> bool {
    match state {
        State::AwaitingApproval { .. }
        | State::Queued
        | State::Planning(_)
        | State::Deploying(_)
        | State::RollingBack(..) => true,
        State::Closing(_) | State::Ended(_) => false,
    }
}
