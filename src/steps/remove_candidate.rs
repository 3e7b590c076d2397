//! Delete a candidate that never became Ready: its pod would go on restarting for minutes.

use serde::{Deserialize, Serialize};

use crate::steps::Act;

/// Keeps the end of the candidate's log, then deletes it; where that is not permitted it says so and goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoveCandidate {}

impl Act for RemoveCandidate {
    const CHANGES_SERVICE: bool = false;

    fn title(&self) -> String {
        "Remove a revision that never became ready".to_owned()
    }
}
