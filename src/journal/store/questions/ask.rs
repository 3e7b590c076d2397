//! How a question is asked.

use crate::journal::{
    Reads, StoreError,
    store::{
        columns::{ColumnError, Columns},
        statement::Statement,
    },
};

impl dyn Reads + '_ {
    /// The first row that the statement finds.
    pub(super) fn one<T>(
        &self,
        operation: &'static str,
        statement: Statement<'_>,
        read: impl Fn(&dyn Columns) -> Result<T, ColumnError>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(operation, statement, read)?.into_iter().next())
    }

    /// All rows that the statement finds, in order.
    pub(super) fn all<T>(
        &self,
        operation: &'static str,
        statement: Statement<'_>,
        read: impl Fn(&dyn Columns) -> Result<T, ColumnError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        self.find_rows(operation, &statement, &mut |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// The first row that each of the statements finds; they are asked at once.
    pub(super) fn one_of_each<T>(
        &self,
        operation: &'static str,
        statements: &[Statement<'_>],
        read: impl Fn(&dyn Columns) -> Result<T, ColumnError>,
    ) -> Result<Vec<Option<T>>, StoreError> {
        let mut found: Vec<Option<T>> = statements.iter().map(|_| None).collect();
        if found.is_empty() {
            return Ok(found);
        }
        self.find_rows_for_batch(operation, statements, &mut |index, row| {
            if let Some(first @ None) = found.get_mut(index) {
                *first = Some(read(row)?);
            }
            Ok(())
        })?;
        Ok(found)
    }
}
