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
    record::{DeploymentEvent, Held, Lock, Origin},
    state::{Deployment, State},
};
use jiff::Timestamp;

use crate::scheduler::{Limits, limits::TICK_MAX, openings::Openings};

/// What windows mean for those that have not begun.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Judged {
    /// What changes for them.
    pub events: Vec<(DeploymentId, DeploymentEvent)>,
    /// Those in the queue that must not begin.
    pub held: HashSet<DeploymentId>,
}

/// Judges the deployments by the windows as they are at `now`: with each record, and with each
/// configuration, anew. What waits for a window goes on waiting under a lock or in a frozen
/// environment: it would begin when nobody thinks of it.
pub(super) fn judge(
    live: &[(DeploymentId, Arc<Deployment>)],
    limits: &Limits,
    locks: &[Arc<Lock>],
    openings: &mut Openings,
    now: Timestamp,
) -> Judged {
    let mut judged = Judged::default();
    for (id, one) in live {
        let event = match (&one.state, opens_at(one, &limits.windows, openings, now)) {
            (State::Queued, Some(opens_at)) => {
                judged.held.insert(id.clone());
                DeploymentEvent::AwaitsWindow { opens_at, held: holds(one, limits, locks) }
            }
            (State::AwaitingWindow { opens_at: said, held: was }, opens_at) => {
                match (opens_at, holds(one, limits, locks)) {
                    (None, None) => DeploymentEvent::WindowOpened,
                    (opens_at, held)
                        if opens_at.is_none_or(|at| at == *said) && same(&held, was) =>
                    {
                        continue;
                    }
                    (opens_at, held) => {
                        DeploymentEvent::AwaitsWindow { opens_at: opens_at.unwrap_or(*said), held }
                    }
                }
            }
            _ => continue,
        };
        judged.events.push((id.clone(), event));
    }
    judged
}

/// The pause before a window is looked at again that opened just now, or whose opening could not be
/// recorded.
const AGAIN: Duration = Duration::from_secs(1);

/// Whether both say the same: an older program recorded its words.
fn same(held: &Option<Held>, was: &Option<Held>) -> bool {
    held.as_ref().map(ToString::to_string) == was.as_ref().map(ToString::to_string)
}

/// What holds one that waits for a window, whatever the windows say.
fn holds(one: &Deployment, limits: &Limits, locks: &[Arc<Lock>]) -> Option<Held> {
    let request = &one.acceptance.request;
    let locked = locks.iter().find(|lock| lock.covers(request.environment, &request.service()));
    match (locked, limits.frozen.get(&request.environment)) {
        (Some(lock), _) => {
            Some(Held::Locked { place: lock.place(), reason: Some(lock.reason.clone()) })
        }
        (None, Some(reason)) => {
            let reason = reason.clone();
            Some(Held::Frozen { environment: request.environment, reason })
        }
        (None, None) => None,
    }
}

/// How long it is until the next window opens that something waits for. A lock that ends by itself
/// is seen within [`TICK_MAX`].
pub(super) fn next_opening(
    live: &[(DeploymentId, Arc<Deployment>)],
    now: Timestamp,
) -> Option<Duration> {
    let left = |one: &Deployment| {
        let State::AwaitingWindow { opens_at, held } = &one.state else { return None };
        let left = Duration::try_from(opens_at.duration_since(now)).ok();
        let again = if held.is_some() { TICK_MAX } else { AGAIN };
        Some(left.filter(|left| !left.is_zero()).unwrap_or(again))
    };
    live.iter().filter_map(|(_, one)| left(one)).min()
}

/// When it may begin, if it has to wait. An operator's rollback never waits, nor
/// what an operator let past.
fn opens_at(
    one: &Deployment,
    windows: &BTreeMap<Environment, DeployWindows>,
    openings: &mut Openings,
    now: Timestamp,
) -> Option<Timestamp> {
    let request = &one.acceptance.request;
    let may_wait = matches!(one.state, State::Queued | State::AwaitingWindow { .. })
        && !matches!(one.acceptance.origin, Origin::Rollback { .. })
        && one.overridden.is_none();
    let windows = windows.get(&request.environment).filter(|_| may_wait)?;
    let are_for_it = windows.are_for(request);
    are_for_it.then(|| openings.closed_until(request.environment, windows, now)).flatten()
}
