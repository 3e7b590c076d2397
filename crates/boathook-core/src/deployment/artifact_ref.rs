//! A reference to manifests in a registry.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::deployment::{Digest, ImageRef, InvalidImageRef};

/// An OCI artifact, named by its digest: what it holds never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ArtifactRef {
    image: ImageRef,
    digest: Digest,
}

/// Why a text does not name an artifact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidArtifactRef {
    #[error(transparent)]
    Image(#[from] InvalidImageRef),
    /// A tag means something else tomorrow.
    #[error(
        "`{0}` names no digest, and what a tag names can change; name the artifact as REPOSITORY@sha256:..., which `oras push` and `flux push artifact` print"
    )]
    NoDigest(ImageRef),
}

impl ArtifactRef {
    /// Parses a reference; a tag beside the digest means nothing.
    pub fn parse(text: &str) -> Result<Self, InvalidArtifactRef> {
        let image = ImageRef::parse(text)?;
        match image.digest().cloned() {
            Some(digest) => Ok(Self { image: image.pinned(&digest), digest }),
            None => Err(InvalidArtifactRef::NoDigest(image)),
        }
    }

    /// The reference, without a tag.
    #[must_use]
    pub const fn image(&self) -> &ImageRef {
        &self.image
    }

    /// What names its content.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }
}

impl fmt::Display for ArtifactRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.image.fmt(f)
    }
}

impl TryFrom<String> for ArtifactRef {
    type Error = InvalidArtifactRef;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<ArtifactRef> for String {
    fn from(artifact: ArtifactRef) -> Self {
        artifact.to_string()
    }
}
