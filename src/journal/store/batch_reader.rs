//! A store as who makes a batch sees it: its questions do not wait behind those of people.

use std::slice;

use crate::journal::{
    EachRowReader, RowReader, Statement, StoreError, StoreReader, store::columns::Columns,
};

/// The same store, whose rows are found for a batch.
pub struct BatchReader<'a>(pub &'a dyn StoreReader);

impl StoreReader for BatchReader<'_> {
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
