//! The bundles of manifests that requests brought.

use boathook_core::deployment::BundleDigest;

use crate::journal::{
    PackedBundle, StoreError, StoreReader,
    store::{rows, statement::Statement, statements},
};

impl dyn StoreReader + '_ {
    /// A bundle, if it is kept.
    pub fn bundle(&self, digest: &BundleDigest) -> Result<Option<PackedBundle>, StoreError> {
        let statement = Statement::new(statements::BUNDLE, [digest.as_str().into()]);
        self.one("read a bundle", statement, rows::packed_bundle)
    }

    /// The bundles that are kept beside the journal.
    pub fn bundles_beside(&self) -> Result<Vec<BundleDigest>, StoreError> {
        let statement = Statement::new(statements::BUNDLES_BESIDE, []);
        self.all("list the bundles beside the journal", statement, rows::bundle_digest)
    }
}
