//! A store that a test can hold up, break or count at each call.

use std::sync::Arc;

use boathook::journal::{
    Batch, EachRowReader, Notices, RowReader, Statement, Store, StoreError, StoreReader,
};

/// What is about to be done to the store.
pub enum StoreCall<'a> {
    Write(&'a Batch),
    /// Something is done to the inbox, or read.
    Inbox(&'a str),
    Read(&'a str),
}

/// What happens before each call; an error takes its place.
type Tap = Box<dyn Fn(StoreCall<'_>) -> Result<(), StoreError> + Send + Sync>;

pub struct TappedStore {
    store: Arc<dyn Store>,
    tap: Tap,
    is_alone: bool,
}

impl TappedStore {
    /// One that nobody shares: nothing is asked of the inbox again and again, which in the hours of a
    /// paused clock costs more than all that a test is about.
    pub fn alone(store: Arc<dyn Store>) -> Self {
        Self { is_alone: true, ..Self::of_all(store, |_| Ok(())) }
    }

    /// One whose writes are tapped.
    pub fn new(
        store: Arc<dyn Store>,
        tap: impl Fn(&Batch) -> Result<(), StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self::of_all(store, move |call| match call {
            StoreCall::Write(batch) => tap(batch),
            StoreCall::Inbox(_) | StoreCall::Read(_) => Ok(()),
        })
    }

    /// One of which all is tapped that is done to it.
    pub fn of_all(
        store: Arc<dyn Store>,
        tap: impl Fn(StoreCall<'_>) -> Result<(), StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self { store, tap: Box::new(tap), is_alone: false }
    }
}

impl Store for TappedStore {
    fn write(&self, batch: &Batch) -> Result<(), StoreError> {
        (self.tap)(StoreCall::Write(batch))?;
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
        (self.tap)(StoreCall::Inbox(operation))?;
        self.store.use_inbox(operation, statement, row)
    }

    fn notices(&self) -> Option<Notices> {
        self.store.notices().filter(|_| !self.is_alone)
    }
}

impl StoreReader for TappedStore {
    fn last_sequence(&self) -> Result<u64, StoreError> {
        self.store.last_sequence()
    }

    fn find_rows(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
        row: &mut RowReader<'_>,
    ) -> Result<(), StoreError> {
        (self.tap)(StoreCall::Read(operation))?;
        self.store.find_rows(operation, statement, row)
    }

    fn find_rows_for_batch(
        &self,
        operation: &'static str,
        statements: &[Statement<'_>],
        row: &mut EachRowReader<'_>,
    ) -> Result<(), StoreError> {
        (self.tap)(StoreCall::Read(operation))?;
        self.store.find_rows_for_batch(operation, statements, row)
    }
}
