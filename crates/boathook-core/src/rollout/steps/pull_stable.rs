//! Get stable's image onto the node before traffic leaves it, so that the rollback needs no
//! registry.

use serde::{Deserialize, Serialize};

use crate::{deployment::ImageRef, rollout::step_data::StepData};

/// Pulls stable's digest. A failure is only noted: the new image may be the fix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PullStable {
    /// Stable's image by digest.
    pub image: ImageRef,
    /// The command to run instead of `crictl pull --`; the image follows.
    pub command: Option<Vec<String>>,
}

impl StepData for PullStable {
    fn title(&self) -> String {
        format!("Pull stable's {}", self.image)
    }
}
