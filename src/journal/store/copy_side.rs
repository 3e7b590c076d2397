//! One side of a copy: what it must be able to do.

use crate::journal::{
    CopyMark, StoreError,
    store::{columns::RowReader, statement::Statement},
};

/// What is in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::journal::store) enum Found {
    Nothing,
    /// A record of this format.
    Record(u32),
    /// One that must not be used.
    Marked(CopyMark),
}

/// A place that nobody else has while this lives. Its calls block.
pub(in crate::journal::store) trait Side {
    /// What was in it when it was opened.
    fn found(&self) -> &Found;

    /// Removes what is in it, and makes an empty record that is marked as an unfinished copy.
    fn begin(&mut self, from: &str) -> Result<(), StoreError>;

    /// Runs one statement as a transaction of its own.
    fn keep(&mut self, statement: &Statement<'_>) -> Result<(), StoreError>;

    /// Keeps the highest sequence that any record ever had.
    fn keep_last_sequence(&mut self, last: u64) -> Result<(), StoreError>;

    /// Takes the mark away: the record may be used.
    fn finish(&mut self) -> Result<(), StoreError>;

    /// Marks the record as moved.
    fn retire(&mut self, to: &str) -> Result<(), StoreError>;

    /// The highest sequence that any record ever had; 0 if there was none.
    fn last_sequence(&mut self) -> Result<u64, StoreError>;

    /// Gives each row that the statement finds to `row`, in order.
    fn find(
        &mut self,
        statement: &Statement<'_>,
        row: &mut RowReader<'_>,
    ) -> Result<(), StoreError>;
}
