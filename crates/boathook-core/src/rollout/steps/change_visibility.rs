//! Make the service public, once only the new revision is behind it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{objects::MetadataChange, rollout::step_data::StepData};

/// Sets the label and waits until status shows the other URL. A label does not change the
/// generation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeVisibility {
    /// The change of the label.
    pub metadata: MetadataChange,
    /// Deadline for status to show the change.
    pub deadline: Duration,
}

impl StepData for ChangeVisibility {
    fn changes_service(&self) -> bool {
        true
    }

    fn title(&self) -> String {
        match self.metadata.makes_local() {
            Some(true) => "Make the service answer only inside the cluster".to_owned(),
            Some(false) | None => "Make the service reachable from outside the cluster".to_owned(),
        }
    }
}
