//! Find the revision that our change created.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::rollout::step_data::StepData;

/// Waits for the revision that carries this deployment's label, and notes its name and UID.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindRevision {
    /// How long it may take to appear.
    pub deadline: Duration,
}

impl StepData for FindRevision {
    fn title(&self) -> String {
        "Find the new revision".to_owned()
    }
}
