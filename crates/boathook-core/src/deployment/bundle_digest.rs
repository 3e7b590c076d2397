//! The digest of a bundle, which names its content.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::deployment::{Digest, InvalidDigest};

/// SHA-256 of the text that `sha256sum` prints for a bundle's files: how the bundle was packed does
/// not count.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BundleDigest(Digest);

impl BundleDigest {
    /// Parses `sha256:<64 hex>`.
    pub fn parse(text: &str) -> Result<Self, InvalidDigest> {
        Digest::parse(text).map(Self)
    }

    /// The digest as text, `sha256:...`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Its first digits, which are enough to tell it from others.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.short()
    }
}

impl fmt::Display for BundleDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
