//! Delete a Job of the deployment that has not ended: it would go on after the deployment.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::rollout::step_data::StepData;

/// Records the end of the log of a Job that still runs, and deletes it with its pods. It never
/// fails: a Job that may still run is named in the outcome's reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeleteJob {
    /// How long the service may wait for it.
    pub deadline: Duration,
}

impl StepData for DeleteJob {
    fn title(&self) -> String {
        "Delete a Job that has not ended".to_owned()
    }
}
