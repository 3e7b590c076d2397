//! Pauses before something is tried again, longer each time, up to a limit.

use std::{collections::HashMap, time::Duration};

use boathook_core::deployment::DeploymentId;
use tokio::time::Instant;

const FIRST: Duration = Duration::from_secs(1);
/// No pause is longer.
const LONGEST: Duration = Duration::from_secs(60);

/// The deployments that are left alone for a while.
#[derive(Debug, Default)]
pub(super) struct Rests(HashMap<DeploymentId, Rest>);

#[derive(Clone, Copy, Debug)]
struct Rest {
    pause: Duration,
    until: Instant,
}

impl Rests {
    /// Lets a deployment rest, twice as long as the last time.
    pub(super) fn begin(&mut self, id: DeploymentId) -> Duration {
        let pause = self.0.get(&id).map_or(FIRST, |rest| (rest.pause * 2).min(LONGEST));
        self.0.insert(id, Rest { pause, until: Instant::now() + pause });
        pause
    }

    /// Whether the deployment must not run yet at `now`.
    pub(super) fn holds(&self, id: &DeploymentId, now: Instant) -> bool {
        self.0.get(id).is_some_and(|rest| rest.until > now)
    }

    /// When the next rest ends that holds at `now`.
    pub(super) fn next_end(&self, now: Instant) -> Option<Instant> {
        self.0.values().map(|rest| rest.until).filter(|until| *until > now).min()
    }

    /// Removes those that `keep` does not name.
    pub(super) fn retain(&mut self, keep: impl Fn(&DeploymentId) -> bool) {
        self.0.retain(|id, _| keep(id));
    }
}
