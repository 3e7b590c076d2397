//! Ask the candidate at its tag's URL before any user does.

use serde::{Deserialize, Serialize};

use crate::steps::{Act, Probing};

/// Probes the candidate's own URL until there is a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeCandidate {
    /// How to ask, and what is well.
    pub probing: Probing,
}

impl Act for ProbeCandidate {
    const CHANGES_SERVICE: bool = false;

    fn title(&self) -> String {
        "Probe the new revision at its own URL".to_owned()
    }
}
