//! How a question is asked.

use crate::journal::{
    Store, StoreError,
    store::{
        columns::{ColumnError, Columns},
        statement::Statement,
    },
};

impl dyn Store + '_ {
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
}
