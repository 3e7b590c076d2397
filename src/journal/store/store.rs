//! Where records are kept: what a database must be able to do besides being read. What a batch changes
//! is written once, in `changes`, in SQL that every database reads.
//!
//! A store keeps and finds records; it does not check which event may follow which.

use crate::journal::{
    Batch, Notices, StoreError, StoreReader,
    store::{columns::RowReader, statement::Statement},
};

/// A place where records are kept. Its calls block, so they are made on blocking threads; batches
/// come one at a time.
pub trait Store: StoreReader {
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
}
