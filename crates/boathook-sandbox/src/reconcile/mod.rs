//! Knative's controllers, in one place and on one timeline.

mod amount;
mod autoscaler;
mod configuration;
mod container;
mod container_status;
mod containers;
mod deployment;
mod domain;
mod emitting;
mod happen;
mod job;
mod job_pod;
mod keys;
mod labeler;
mod namespace;
mod parts;
mod pod;
mod pod_admission;
mod pod_object;
mod probing;
mod references;
mod removal;
mod revision;
mod route;
mod scale;
mod scheduling;
mod service;
mod verdict;
mod visibility;

use std::time::Duration;

pub(super) use job_pod::job_log;

/// How long a controller waits before it tries again what failed so often: twice as long each time.
fn again(failures: u32) -> Duration {
    const SHORTEST: Duration = Duration::from_millis(5);
    const LONGEST: Duration = Duration::from_secs(1000);
    SHORTEST.saturating_mul(1 << failures.min(20)).min(LONGEST)
}
