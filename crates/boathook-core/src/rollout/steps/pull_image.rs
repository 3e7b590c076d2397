//! Let the node pull the image, and read its digest: the proven digest is what runs and what is
//! promoted.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{deployment::ImageRef, rollout::step_data::StepData};

/// Pulls the image on the node and continues with its digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PullImage {
    /// The image as the sender named it.
    pub image: ImageRef,
    /// The command to run instead of `crictl pull --`; the image follows.
    pub command: Option<Vec<String>>,
    /// How long to retry while the registry or containerd is unreachable.
    pub deadline: Duration,
}

impl StepData for PullImage {
    fn title(&self) -> String {
        format!("Pull {}", self.image)
    }
}
