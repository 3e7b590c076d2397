//! How a question is asked.

use crate::journal::{
    StoreError, StoreReader,
    store::{
        columns::{ColumnError, Columns},
        statement::Statement,
    },
};

impl dyn StoreReader + '_ {
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

    /// The first row that each of the statements finds; they are asked at once. A row that cannot be read
    /// is an error of its own statement alone.
    pub(super) fn one_of_each<T>(
        &self,
        operation: &'static str,
        statements: &[Statement<'_>],
        read: impl Fn(&dyn Columns) -> Result<T, ColumnError>,
    ) -> Vec<Result<Option<T>, StoreError>> {
        let mut found: Vec<_> = statements.iter().map(|_| Ok(None)).collect();
        if found.is_empty() {
            return found;
        }
        let asked = self.find_rows_for_batch(operation, statements, &mut |index, row| {
            if let Some(first @ Ok(None)) = found.get_mut(index) {
                let row = read(row).map_err(|error| StoreError::failed(operation, error));
                *first = row.map(Some);
            }
            Ok(())
        });
        match asked {
            Ok(()) => found,
            Err(error) => found.iter().map(|_| Err(error.clone())).collect(),
        }
    }
}
