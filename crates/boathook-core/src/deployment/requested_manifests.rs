//! The manifests that a request names.

use serde::{Deserialize, Serialize};

use crate::deployment::{ArtifactRef, BundleDigest};

/// The manifests that a request brings or names, without their content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestedManifests {
    /// A bundle that came with the request, or that a promotion names.
    Bundle(BundleDigest),
    /// An artifact in a registry, and the bundle that boathook found in it.
    Artifact { artifact: ArtifactRef, bundle: BundleDigest },
}

impl RequestedManifests {
    /// The bundle, which names the files however they came.
    #[must_use]
    pub const fn bundle(&self) -> &BundleDigest {
        match self {
            Self::Bundle(digest) | Self::Artifact { artifact: _, bundle: digest } => digest,
        }
    }

    /// Where boathook fetched the bundle, if it did.
    #[must_use]
    pub const fn artifact(&self) -> Option<&ArtifactRef> {
        match self {
            Self::Bundle(_) => None,
            Self::Artifact { artifact, bundle: _ } => Some(artifact),
        }
    }

    /// The same files, however they came.
    #[must_use]
    pub fn meaning(&self) -> Self {
        Self::Bundle(self.bundle().clone())
    }
}
