//! How long the cluster may take.

use std::time::Duration;

use boathook_core::duration_text;
use serde::Deserialize;

/// The maximum interval of reading the pods of a candidate that is not Ready yet, so that a crash
/// is reported within seconds.
const PODS_EVERY: Duration = Duration::from_millis(1500);

/// How long the cluster may take.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waits {
    /// Until a new revision is ready.
    #[serde(deserialize_with = "duration_text::positive")]
    pub ready: Duration,
    /// Until a change of traffic has taken effect.
    #[serde(deserialize_with = "duration_text::positive")]
    pub traffic: Duration,
    /// How long a revision may be not ready for a transient cause, such as a full node.
    #[serde(deserialize_with = "duration_text::any")]
    pub unready_grace: Duration,
    /// How long containers of a first deployment may keep restarting before it fails; 0 for not at
    /// all.
    #[serde(deserialize_with = "duration_text::any")]
    pub first_deployment_restarts: Duration,
    /// How long a step retries while the cluster, the registry or containerd is unavailable.
    #[serde(deserialize_with = "duration_text::positive")]
    pub retry_for: Duration,
    /// How long rolling back may take before an operator is needed.
    #[serde(deserialize_with = "duration_text::positive")]
    pub rollback: Duration,
    /// How long a rollback may take for the objects beside the service before the service goes back
    /// without them.
    #[serde(deserialize_with = "duration_text::positive")]
    pub restore: Duration,
    /// How long a hold may be extended if there are too few samples for a verdict.
    #[serde(deserialize_with = "duration_text::any")]
    pub verdict: Duration,
    /// How long each Job that must succeed may take.
    #[serde(deserialize_with = "duration_text::positive")]
    pub job: Duration,
    /// The interval at which a step considers what it knows of the cluster.
    #[serde(deserialize_with = "duration_text::positive")]
    pub poll_interval: Duration,
}

impl Waits {
    /// The same while the pods of a candidate are awaited.
    #[must_use]
    pub fn pods_interval(&self) -> Duration {
        self.poll_interval.min(PODS_EVERY)
    }
}
