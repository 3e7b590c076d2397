//! Ask whether the service answers again: Ready on stable can be true while nothing answers.

use serde::{Deserialize, Serialize};

use crate::steps::{Act, Probing};

/// Probes the canonical URL after going back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfirmStable {
    /// How to ask, and what is well.
    pub probing: Probing,
    /// Whether the service answered well before the deployment; where it did not, any answer will do.
    pub was_well: bool,
}

impl Act for ConfirmStable {
    const CHANGES_SERVICE: bool = false;

    fn title(&self) -> String {
        "Check that the service answers again".to_owned()
    }
}
