//! Have the node pull the image, and read its digest: what is proven is what runs and what is promoted.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{deployment::ImageRef, steps::Act};

/// Pulls the image on the node and continues with its digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PullImage {
    /// The image as the sender named it.
    pub image: ImageRef,
    /// How long trying again may go on when registry or containerd are away.
    pub deadline: Duration,
}

impl Act for PullImage {
    const CHANGES_SERVICE: bool = false;

    fn title(&self) -> String {
        format!("Pull {}", self.image)
    }
}
