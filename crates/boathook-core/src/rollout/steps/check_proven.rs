//! Whether the image behind a tag is proven. Nothing has been changed yet.

use serde::{Deserialize, Serialize};

use crate::{
    deployment::{Digest, Environment, ImageRef, NotProven},
    rollout::step_data::StepData,
};

/// Refuses an image whose digest was not proven, or was withdrawn, when the plan was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckProven {
    /// Where it must have succeeded.
    pub environment: Environment,
    /// The proven digests, newest first.
    pub digests: Vec<Digest>,
    /// Whether it is a promotion, whose sender says that the image is proven: only withdrawals count.
    #[serde(default, skip_serializing_if = "is_false")]
    pub promoted: bool,
    /// Digests that were withdrawn: those that succeeded there, or of a promotion any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<WithdrawnDigest>,
}

/// A digest whose success does not count any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawnDigest {
    pub digest: Digest,
    /// Why, without users, and what lifts that.
    pub why: String,
}

impl StepData for CheckProven {
    fn title(&self) -> String {
        match self.promoted {
            true => "Check that the image was not withdrawn".to_owned(),
            false => format!("Check that the image succeeded in {}", self.environment),
        }
    }
}

impl CheckProven {
    /// Whether it may be deployed; if not, why, and what to do.
    pub fn judge(&self, image: &ImageRef) -> Result<(), NotProven> {
        let is_it = |digest: &Digest| image.digest() == Some(digest);
        if self.digests.iter().any(is_it) {
            return Ok(());
        }
        Err(match self.withdrawn.iter().find(|one| is_it(&one.digest)) {
            Some(withdrawn) => NotProven::Withdrawn { why: withdrawn.why.clone() },
            None if self.promoted => return Ok(()),
            None => NotProven::NoSuccess { image: image.clone(), environment: self.environment },
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
