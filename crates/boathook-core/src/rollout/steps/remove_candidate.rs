//! Delete a candidate that never became Ready: its pod would keep restarting for minutes.

use serde::{Deserialize, Serialize};

use crate::rollout::step_data::StepData;

/// Records the end of the candidate's log, then deletes the candidate. If deleting is not
/// permitted, it notes that and goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoveCandidate {}

impl StepData for RemoveCandidate {
    fn title(&self) -> String {
        "Remove the new revision if it never became ready".to_owned()
    }
}
