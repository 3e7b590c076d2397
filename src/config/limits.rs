//! How long things may take.

use std::time::Duration;

use boathook_core::duration_text;
use serde::Deserialize;

/// How long each command may run before it is ended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    /// Pulling an image.
    #[serde(deserialize_with = "duration_text::positive")]
    pub pull: Duration,
    /// Reading an image's digest.
    #[serde(deserialize_with = "duration_text::positive")]
    pub inspect: Duration,
    /// Reading an object.
    #[serde(deserialize_with = "duration_text::positive")]
    pub get: Duration,
    /// Applying the manifests.
    #[serde(deserialize_with = "duration_text::positive")]
    pub apply: Duration,
    /// Patching the service.
    #[serde(deserialize_with = "duration_text::positive")]
    pub patch: Duration,
    /// One watch; it is restarted as long as something is awaited.
    #[serde(deserialize_with = "duration_text::positive")]
    pub watch: Duration,
    /// Reading a failed container's log.
    #[serde(deserialize_with = "duration_text::positive")]
    pub logs: Duration,
    /// Deleting a revision that never became ready.
    #[serde(deserialize_with = "duration_text::positive")]
    pub delete: Duration,
    /// Building a kustomization.
    #[serde(deserialize_with = "duration_text::positive")]
    pub kustomize: Duration,
}

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
    /// How long a hold may be extended if there are too few samples for a verdict.
    #[serde(deserialize_with = "duration_text::any")]
    pub verdict: Duration,
    /// The interval of polling, besides watching.
    #[serde(deserialize_with = "duration_text::positive")]
    pub poll_interval: Duration,
}
