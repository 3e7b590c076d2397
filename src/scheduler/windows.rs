//! Deployments and the deployment windows of their environments: which have to wait, and which wait
//! no longer; pure.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use boathook_core::{
    deploy_windows::DeployWindows,
    deployment::{DeploymentId, Environment},
    record::{DeploymentEvent, Origin},
    state::{Deployment, State},
};
use jiff::Timestamp;

/// What windows mean for those that have not begun.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Judged {
    /// What changes for them.
    pub events: Vec<(DeploymentId, DeploymentEvent)>,
    /// Those in the queue that must not begin.
    pub held: HashSet<DeploymentId>,
}

/// Judges the deployments by the windows as they are at `now`: with each record, and with each
/// configuration, anew.
pub(super) fn judge(
    live: &[(DeploymentId, Arc<Deployment>)],
    windows: &BTreeMap<Environment, DeployWindows>,
    now: Timestamp,
) -> Judged {
    let mut judged = Judged::default();
    for (id, one) in live {
        let event = match (&one.state, opens_at(one, windows, now)) {
            (State::Queued, Some(opens_at)) => {
                judged.held.insert(id.clone());
                DeploymentEvent::AwaitsWindow { opens_at }
            }
            (State::AwaitingWindow { opens_at: said }, Some(opens_at)) if *said != opens_at => {
                DeploymentEvent::AwaitsWindow { opens_at }
            }
            (State::AwaitingWindow { .. }, None) => DeploymentEvent::WindowOpened,
            _ => continue,
        };
        judged.events.push((id.clone(), event));
    }
    judged
}

/// The pause before a window is looked at again that opened just now, or whose opening could not be
/// recorded.
const AGAIN: Duration = Duration::from_secs(1);

/// How long it is until the next window opens that something waits for.
pub(super) fn next_opening(
    live: &[(DeploymentId, Arc<Deployment>)],
    now: Timestamp,
) -> Option<Duration> {
    let next = live.iter().filter_map(|(_, one)| one.state.opens_at()).min()?;
    Some(
        Duration::try_from(next.duration_since(now))
            .ok()
            .filter(|left| !left.is_zero())
            .unwrap_or(AGAIN),
    )
}

/// When it may begin, if it has to wait. An operator's rollback never waits, nor
/// what an operator let past.
fn opens_at(
    one: &Deployment,
    windows: &BTreeMap<Environment, DeployWindows>,
    now: Timestamp,
) -> Option<Timestamp> {
    let request = &one.acceptance.request;
    let may_wait = matches!(one.state, State::Queued | State::AwaitingWindow { .. })
        && !matches!(one.acceptance.origin, Origin::Rollback { .. })
        && one.overridden.is_none();
    windows.get(&request.environment).filter(|_| may_wait)?.opens_for(request, now)
}
