//! The deadlines of programs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long each program may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeouts {
    /// `crictl pull`.
    pub pull: Duration,
    /// `crictl inspecti`.
    pub inspect: Duration,
    /// `kubectl get`.
    pub get: Duration,
    /// `kubectl apply`.
    pub apply: Duration,
    /// `kubectl patch`.
    pub patch: Duration,
    /// `kubectl get --watch`, which is then restarted.
    pub watch: Duration,
    /// `kubectl logs`.
    pub logs: Duration,
    /// `kubectl delete`.
    pub delete: Duration,
    /// `kubectl kustomize`.
    #[serde(default = "kustomize")]
    pub kustomize: Duration,
}

/// Plans from before boathook ran kustomize do not run it either.
const fn kustomize() -> Duration {
    Duration::from_secs(30)
}
