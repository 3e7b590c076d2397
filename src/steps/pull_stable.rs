//! Have stable's image on the node before traffic leaves it, so that the way back needs no registry.

use serde::{Deserialize, Serialize};

use crate::{deployment::ImageRef, steps::Act};

/// Pulls stable's digest. A failure is noted and stops nothing: the new image may be the cure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PullStable {
    /// Stable's image by digest.
    pub image: ImageRef,
}

impl Act for PullStable {
    const CHANGES_SERVICE: bool = false;

    fn title(&self) -> String {
        format!("Pull stable's {}", self.image)
    }
}
