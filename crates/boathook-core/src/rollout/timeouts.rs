//! The deadlines of programs: the section `timeouts` of the configuration, and what plans hold of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::duration_text;

/// How long each program may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    /// `crictl pull`.
    #[serde(deserialize_with = "duration_text::positive")]
    pub pull: Duration,
    /// `crictl inspecti`.
    #[serde(deserialize_with = "duration_text::positive")]
    pub inspect: Duration,
    /// One read of the API server, or a page of a list.
    #[serde(deserialize_with = "duration_text::positive")]
    pub get: Duration,
    /// `kubectl apply`.
    #[serde(deserialize_with = "duration_text::positive")]
    pub apply: Duration,
    /// `kubectl patch`.
    #[serde(deserialize_with = "duration_text::positive")]
    pub patch: Duration,
    /// One watch of a namespace, which the next then goes on with.
    #[serde(deserialize_with = "duration_text::positive")]
    pub watch: Duration,
    /// `kubectl logs`.
    #[serde(deserialize_with = "duration_text::positive")]
    pub logs: Duration,
    /// `kubectl delete`.
    #[serde(deserialize_with = "duration_text::positive")]
    pub delete: Duration,
    /// `kubectl kustomize`.
    #[serde(default = "kustomize", deserialize_with = "duration_text::positive")]
    pub kustomize: Duration,
}

/// Plans from before boathook ran kustomize do not run it either.
const fn kustomize() -> Duration {
    Duration::from_secs(30)
}
