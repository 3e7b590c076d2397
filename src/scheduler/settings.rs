//! How much is done at once: the section `scheduler` of the configuration.

use boathook_core::fault::Fault;
use serde::Deserialize;

/// Limits on work at the same time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchedulerSettings {
    /// Deployments that run at the same time, over all services.
    pub running: usize,
    /// The maximum number of waiting deployments; further requests are refused until there is room.
    pub queued: usize,
}

impl SchedulerSettings {
    /// What cannot be used.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let Self { running, queued } = self;
        Fault::of([
            (*running > 0, "running", "must be more than 0"),
            (*queued > 0, "queued", "must be more than 0"),
        ])
    }
}
