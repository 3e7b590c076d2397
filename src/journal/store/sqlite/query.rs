//! How a statement is run on a connection.

use rusqlite::{Connection, params_from_iter};

use crate::journal::{
    StoreError,
    store::{
        columns::{ColumnError, RowReader},
        statement::Statement,
    },
};

/// Runs a statement.
pub(super) fn execute(connection: &Connection, statement: &Statement<'_>) -> rusqlite::Result<()> {
    let values = params_from_iter(&statement.values);
    connection.prepare_cached(&statement.sql)?.execute(values).map(drop)
}

/// Gives each row that a statement finds to `row`, in order.
pub(super) fn find_rows(
    connection: &Connection,
    operation: &'static str,
    statement: &Statement<'_>,
    row: &mut RowReader<'_>,
) -> Result<(), StoreError> {
    let failed = |error: rusqlite::Error| StoreError::failed(operation, error);
    let unreadable = |error: ColumnError| StoreError::failed(operation, error);
    let mut query = connection.prepare_cached(&statement.sql).map_err(failed)?;
    let mut rows = query.query(params_from_iter(&statement.values)).map_err(failed)?;
    while let Some(found) = rows.next().map_err(failed)? {
        row(found).map_err(unreadable)?;
    }
    Ok(())
}
