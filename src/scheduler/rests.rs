//! Pauses before something is tried again, longer each time, up to a limit.

use std::{collections::HashMap, time::Duration};

use boathook_core::{deployment::DeploymentId, rate::Backoff};
use tokio::time::Instant;

const BACKOFF: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));

/// The deployments that are left alone for a while.
#[derive(Debug, Default)]
pub(super) struct Rests(HashMap<DeploymentId, Rest>);

#[derive(Clone, Copy, Debug)]
struct Rest {
    backoff: Backoff,
    until: Instant,
}

impl Rests {
    /// Lets a deployment rest, twice as long as the last time.
    pub(super) fn begin(&mut self, id: DeploymentId) -> Duration {
        let now = Instant::now();
        let rest = self.0.entry(id).or_insert(Rest { backoff: BACKOFF, until: now });
        let pause = rest.backoff.pause();
        rest.until = now + pause;
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
