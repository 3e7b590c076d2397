//! A store that a test can hold up, break or count at each write.

use std::sync::Arc;

use boathook::journal::{Batch, Notices, RowReader, Statement, Store, StoreError};

/// What happens before each write; an error takes its place.
type Tap = Box<dyn Fn(&Batch) -> Result<(), StoreError> + Send + Sync>;

pub struct TappedStore {
    store: Arc<dyn Store>,
    tap: Tap,
}

impl TappedStore {
    pub fn new(
        store: Arc<dyn Store>,
        tap: impl Fn(&Batch) -> Result<(), StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self { store, tap: Box::new(tap) }
    }
}

impl Store for TappedStore {
    fn write(&self, batch: &Batch) -> Result<(), StoreError> {
        (self.tap)(batch)?;
        self.store.write(batch)
    }

    fn write_beside(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
    ) -> Result<(), StoreError> {
        self.store.write_beside(operation, statement)
    }

    fn check(&self) -> Result<(), StoreError> {
        self.store.check()
    }

    fn available(&self) -> Result<(), StoreError> {
        self.store.available()
    }

    fn use_inbox(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
        row: &mut RowReader<'_>,
    ) -> Result<(), StoreError> {
        self.store.use_inbox(operation, statement, row)
    }

    fn notices(&self) -> Option<Notices> {
        self.store.notices()
    }

    fn last_sequence(&self) -> Result<u64, StoreError> {
        self.store.last_sequence()
    }

    fn find_rows(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
        row: &mut RowReader<'_>,
    ) -> Result<(), StoreError> {
        self.store.find_rows(operation, statement, row)
    }
}
