//! A bundle of manifests as the store keeps it.

use boathook_core::deployment::BundleDigest;

/// A bundle, packed; the store does not look into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedBundle {
    pub digest: BundleDigest,
    pub packed: Vec<u8>,
}
