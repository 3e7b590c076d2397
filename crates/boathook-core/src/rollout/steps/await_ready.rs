//! Wait until the candidate is Ready, or is known to fail. Knative reports a crash at start after
//! 600 s, and a missing Secret never; pods and events show both at once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::rollout::step_data::StepData;

/// Watches the service, and reads the candidate's pods, until the candidate is Ready.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AwaitReady {
    /// How long it may take.
    pub deadline: Duration,
    /// How long a transient cause may last (no CPU free, registry unreachable, a Secret missing).
    pub grace: Duration,
    /// How long a container may keep restarting; zero if there is a revision to roll back to.
    #[serde(default)]
    pub restarts: Duration,
    /// The interval at which pods are read.
    #[serde(alias = "look_every")]
    pub poll_interval: Duration,
    /// Domains that the manifests map to the service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
}

impl StepData for AwaitReady {
    fn title(&self) -> String {
        "Wait until the new revision is ready".to_owned()
    }
}
