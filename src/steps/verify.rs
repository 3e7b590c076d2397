//! Check the service's own URL, at 100 %: what users get.

use serde::{Deserialize, Serialize};

use crate::steps::{Act, Probing};

/// Probes the canonical URL until there is a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verify {
    /// How to ask, and what is well.
    pub probing: Probing,
}

impl Act for Verify {
    const CHANGES_SERVICE: bool = false;

    fn title(&self) -> String {
        "Check the service at its own URL".to_owned()
    }
}
