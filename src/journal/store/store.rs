//! Where records are kept: what a database must be able to do. What is asked of it is written once,
//! in `questions`, and what a batch changes, in `changes`; both in SQL that every database reads.
//!
//! A store keeps and finds records; it does not check which event may follow which.

use crate::journal::{
    Batch, Notices, StoreError,
    store::{
        columns::{EachRowReader, RowReader},
        statement::Statement,
    },
};

/// A place where records are kept. Its calls block, so they are made on blocking threads; batches
/// come one at a time.
pub trait Store: Send + Sync {
    /// Keeps all of the batch or nothing of it, and returns when it is on disk. After an error nothing
    /// of it is kept; a store that cannot know that refuses all further batches until it does.
    fn write(&self, batch: &Batch) -> Result<(), StoreError>;

    /// Runs one statement as a transaction of its own, and returns when that is on disk. It may come
    /// beside a batch.
    fn write_beside(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
    ) -> Result<(), StoreError>;

    /// Writes something that means nothing and takes it away again, to learn whether the disk would
    /// take more.
    fn check(&self) -> Result<(), StoreError>;

    /// Whether a write could be tried now; an error if one is waiting to learn what became of it.
    fn available(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Runs a statement on the inbox, as a transaction of its own, whoever leads, and gives each row to
    /// `row`. An error that [is uncertain](StoreError::is_uncertain) leaves open whether it was kept.
    fn use_inbox(
        &self,
        _operation: &'static str,
        _statement: &Statement<'_>,
        _row: &mut RowReader<'_>,
    ) -> Result<(), StoreError> {
        Err(StoreError::Follows)
    }

    /// What other boathooks announce that share the record; none if there cannot be any.
    fn notices(&self) -> Option<Notices> {
        None
    }

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
