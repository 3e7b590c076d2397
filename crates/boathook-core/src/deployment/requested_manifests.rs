//! The manifests that a request names.

use serde::{Deserialize, Serialize};

use crate::deployment::{BundleDigest, ImageRef};

/// The manifests that a request brings or names, without their content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestedManifests {
    /// A bundle that came with the request, or that a promotion names.
    Bundle(BundleDigest),
    /// An artifact in a registry, by digest.
    Image(ImageRef),
}

impl RequestedManifests {
    /// The bundle, where its digest is known without asking a registry.
    #[must_use]
    pub const fn bundle(&self) -> Option<&BundleDigest> {
        match self {
            Self::Bundle(digest) => Some(digest),
            Self::Image(_) => None,
        }
    }
}
