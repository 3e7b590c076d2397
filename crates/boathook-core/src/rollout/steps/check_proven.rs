//! Whether the image behind a tag is proven. Nothing has been changed yet.

use serde::{Deserialize, Serialize};

use crate::{
    deployment::{Digest, Environment, ImageRef, NotProven},
    rollout::step_data::StepData,
};

/// Refuses an image whose digest was not proven when the plan was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckProven {
    /// Where it must have succeeded.
    pub environment: Environment,
    /// The proven digests, newest first.
    pub digests: Vec<Digest>,
}

impl StepData for CheckProven {
    fn title(&self) -> String {
        format!("Check that the image succeeded in {}", self.environment)
    }
}

impl CheckProven {
    /// Whether it may be deployed; if not, why, and what to do.
    pub fn judge(&self, image: &ImageRef) -> Result<(), NotProven> {
        let proven = image.digest().is_some_and(|digest| self.digests.contains(digest));
        if proven {
            Ok(())
        } else {
            Err(NotProven { image: image.clone(), environment: self.environment })
        }
    }
}
