//! Deployments that wait for an operator's approval: which have waited too long; pure.

use std::{sync::Arc, time::Duration};

use boathook_core::{
    deployment::DeploymentId,
    state::{Deployment, State},
};
use jiff::Timestamp;

/// The pause before an approval is looked at again that nobody gave in time.
const AGAIN: Duration = Duration::from_secs(1);

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

/// How long it is until the next one's time is over. One whose time ended since the round began, or
/// whose end could not be recorded, is looked at again.
pub(super) fn next_expiry(
    live: &[(DeploymentId, Arc<Deployment>)],
    now: Timestamp,
) -> Option<Duration> {
    let left = live.iter().filter_map(|(_, one)| until(one)).min()?.duration_since(now);
    Some(if left.is_positive() { left.unsigned_abs() } else { AGAIN })
}

fn until(deployment: &Deployment) -> Option<Timestamp> {
    if let State::AwaitingApproval { until, .. } = &deployment.state { Some(*until) } else { None }
}
