//! A bundle of manifests as the store keeps it.

use boathook_core::deployment::BundleDigest;

/// A bundle; the store does not look into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedBundle {
    pub digest: BundleDigest,
    /// Its content, packed; none if it holds Secrets, and is kept beside the journal.
    pub packed: Option<Vec<u8>>,
}
