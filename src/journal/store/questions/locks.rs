//! What stops deployments.

use std::sync::Arc;

use boathook_core::record::Lock;

use crate::journal::{
    StoreError, StoreReader,
    store::{rows, statement::Statement, statements},
};

impl dyn StoreReader + '_ {
    /// All locks, in the order in which they were set; some may have come to their end.
    pub fn locks(&self) -> Result<Vec<Arc<Lock>>, StoreError> {
        self.all("list the locks", Statement::new(statements::LOCKS, []), rows::lock)
    }
}
