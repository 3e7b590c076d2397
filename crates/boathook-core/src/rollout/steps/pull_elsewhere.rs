//! Have the other nodes pull the image too: the pods of the new revision may start on any of them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::rollout::step_data::StepData;

/// Has the other boathooks on the record pull the image, each on its node. A failure is only noted: a
/// pod that starts there pulls again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PullElsewhere {
    /// How long to wait for them.
    pub deadline: Duration,
}

impl StepData for PullElsewhere {
    fn title(&self) -> String {
        "Pull the image on the other nodes".to_owned()
    }
}
