//! Name the candidate in traffic at 0 %, under boathook's tag, so that it has a URL of its own
//! before any user sees it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::rollout::step_data::StepData;

/// Tags the candidate, and waits until status shows the tag on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TagCandidate {
    /// Deadline for status to show the change.
    pub deadline: Duration,
}

impl StepData for TagCandidate {
    fn changes_service(&self) -> bool {
        true
    }

    fn title(&self) -> String {
        "Tag the new revision, at 0 %".to_owned()
    }
}
