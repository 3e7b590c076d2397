//! How artifacts are fetched.

use std::{path::PathBuf, time::Duration};

use boathook_core::{duration_text, fault::Fault};
use serde::Deserialize;

/// A sender waits for the answer meanwhile.
const TIMEOUT_MAX: Duration = Duration::from_secs(20);

/// How artifacts are fetched.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArtifactSettings {
    /// The file of registries and their logins, as k3s has it; none to ask every registry as anyone.
    pub registries: Option<PathBuf>,
    /// How long all of it may take.
    #[serde(deserialize_with = "duration_text::positive")]
    pub timeout: Duration,
}

impl ArtifactSettings {
    /// What cannot be used.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        Fault::of([(
            self.timeout <= TIMEOUT_MAX,
            "timeout",
            "must be at most 20s: the sender waits for its answer meanwhile",
        )])
    }
}
