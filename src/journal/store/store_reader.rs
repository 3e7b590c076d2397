//! The reading half of a store. What is asked of it is written once, in `questions`, in SQL that every
//! database reads.

use crate::journal::{
    StoreError,
    store::{
        columns::{EachRowReader, RowReader},
        statement::Statement,
    },
};

/// What finds what was kept. Its calls block, so they are made on blocking threads.
pub trait StoreReader: Send + Sync {
    /// The highest sequence that any record ever had; 0 if there was none.
    fn last_sequence(&self) -> Result<u64, StoreError>;

    /// Gives each row that the statement finds to `row`, in order.
    fn find_rows(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
        row: &mut RowReader<'_>,
    ) -> Result<(), StoreError>;

    /// The same for who makes a batch, whom all that is accepted waits for: nobody else's questions
    /// come before, and several are asked at once. `row` hears which statement found it.
    fn find_rows_for_batch(
        &self,
        operation: &'static str,
        statements: &[Statement<'_>],
        row: &mut EachRowReader<'_>,
    ) -> Result<(), StoreError> {
        statements.iter().enumerate().try_for_each(|(index, statement)| {
            self.find_rows(operation, statement, &mut |columns| row(index, columns))
        })
    }
}
