//! A store as who makes a batch sees it: its questions do not wait behind those of people.

use std::slice;

use crate::journal::{
    Batch, EachRowReader, Notices, RowReader, Statement, Store, StoreError, store::columns::Columns,
};

/// The same store, whose rows are found for a batch.
pub struct BatchReads<'a>(pub &'a dyn Store);

impl Store for BatchReads<'_> {
    fn write(&self, batch: &Batch) -> Result<(), StoreError> {
        self.0.write(batch)
    }

    fn write_beside(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
    ) -> Result<(), StoreError> {
        self.0.write_beside(operation, statement)
    }

    fn check(&self) -> Result<(), StoreError> {
        self.0.check()
    }

    fn available(&self) -> Result<(), StoreError> {
        self.0.available()
    }

    fn use_inbox(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
        row: &mut RowReader<'_>,
    ) -> Result<(), StoreError> {
        self.0.use_inbox(operation, statement, row)
    }

    fn notices(&self) -> Option<Notices> {
        self.0.notices()
    }

    fn last_sequence(&self) -> Result<u64, StoreError> {
        self.0.last_sequence()
    }

    fn find_rows(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
        row: &mut RowReader<'_>,
    ) -> Result<(), StoreError> {
        let row = &mut |_, columns: &dyn Columns| row(columns);
        self.0.find_rows_for_batch(operation, slice::from_ref(statement), row)
    }

    fn find_rows_for_batch(
        &self,
        operation: &'static str,
        statements: &[Statement<'_>],
        row: &mut EachRowReader<'_>,
    ) -> Result<(), StoreError> {
        self.0.find_rows_for_batch(operation, statements, row)
    }
}
