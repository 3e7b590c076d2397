//! Whether the image behind a tag is proven. Nothing has been changed yet.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    deployment::{BundleDigest, Digest, ImageRef},
    proof::{NotProven, NotYet, Places, Withdrawal},
    rollout::step_data::StepData,
};

/// Refuses an image whose digest was not proven, or was withdrawn, when the plan was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckProven {
    /// Where it must have succeeded.
    #[serde(flatten)]
    pub places: Places,
    /// The proven digests, newest first.
    pub digests: Vec<Digest>,
    /// Whether it is a promotion, whose sender says that the image is proven: only withdrawals count.
    #[serde(default, skip_serializing_if = "is_false")]
    pub promoted: bool,
    /// Digests that have not served long enough where they must.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_yet: Vec<EarlyDigest>,
    /// Digests that were withdrawn: those that succeeded there, or of a promotion any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<WithdrawnDigest>,
    /// The bundle of manifests with which it must have succeeded; none if its own success is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<BundleDigest>,
}

/// A digest that has not served long enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlyDigest {
    pub digest: Digest,
    #[serde(flatten)]
    pub why: NotYet,
}

/// A digest whose success does not count any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum WithdrawnDigest {
    Withdrawal(Arc<Withdrawal>),
    /// As older programs stored it.
    Older {
        digest: Digest,
        /// Why, without users, and what lifts that.
        why: String,
    },
}

impl WithdrawnDigest {
    fn digest(&self) -> &Digest {
        match self {
            Self::Withdrawal(withdrawal) => &withdrawal.digest,
            Self::Older { digest, why: _ } => digest,
        }
    }

    /// Why a deployment of it is refused, and what lifts that; in words for everyone.
    #[must_use]
    pub fn refusal(&self) -> String {
        match self {
            Self::Withdrawal(withdrawal) => withdrawal.without_user().refusal(),
            Self::Older { digest: _, why } => why.clone(),
        }
    }
}

/// Why an image may not be deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unproven {
    NotProven(NotProven),
    Withdrawn(WithdrawnDigest),
}

impl StepData for CheckProven {
    fn title(&self) -> String {
        match self.promoted {
            true => "Check that the image was not withdrawn".to_owned(),
            false => format!("Check that the image succeeded in {}", self.places),
        }
    }
}

impl CheckProven {
    /// What must be proven, as text.
    fn named(&self, image: &ImageRef) -> String {
        match &self.bundle {
            Some(bundle) => format!("{image} with bundle {bundle}"),
            None => image.to_string(),
        }
    }

    /// The same with each withdrawal changed.
    pub fn map_withdrawals(&mut self, change: impl Fn(Withdrawal) -> Withdrawal) {
        for withdrawn in &mut self.withdrawn {
            if let WithdrawnDigest::Withdrawal(withdrawal) = withdrawn {
                *withdrawal = Arc::new(change(Withdrawal::clone(withdrawal)));
            }
        }
    }

    /// Why the image is refused, and what to do; in words for everyone.
    #[must_use]
    pub fn refusal(&self, image: &ImageRef, why: &Unproven) -> String {
        match why {
            Unproven::NotProven(why) => why.refusal(&self.named(image)),
            Unproven::Withdrawn(withdrawn) => withdrawn.refusal(),
        }
    }

    /// Whether it may be deployed; if not, why.
    pub fn judge(&self, image: &ImageRef) -> Result<(), Unproven> {
        let is_it = |digest: &Digest| image.digest() == Some(digest);
        if self.digests.iter().any(is_it) {
            return Ok(());
        }
        if let Some(withdrawn) = self.withdrawn.iter().find(|one| is_it(one.digest())) {
            return Err(Unproven::Withdrawn(withdrawn.clone()));
        }
        if self.promoted {
            return Ok(());
        }
        Err(Unproven::NotProven(match self.not_yet.iter().find(|one| is_it(&one.digest)) {
            Some(early) => NotProven::NotYet(early.why.clone()),
            None => NotProven::NoSuccess { places: self.places.clone() },
        }))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
