//! Deployments that wait for an operator's approval: which have waited too long; pure.

use std::{sync::Arc, time::Duration};

use boathook_core::{
    deployment::DeploymentId,
    state::{Deployment, State},
};
use jiff::Timestamp;

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

fn until(deployment: &Deployment) -> Option<Timestamp> {
    if let State::AwaitingApproval { until, .. } = &deployment.state { Some(*until) } else { None }
}
