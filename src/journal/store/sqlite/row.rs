//! Values and rows as SQLite has them.

use rusqlite::{
    Row, ToSql,
    types::{ToSqlOutput, Value as Owned, ValueRef},
};

use crate::journal::store::{
    columns::{ColumnError, Columns},
    statement::Value,
};

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Owned::Null),
            Self::Integer(number) => ToSqlOutput::Owned(Owned::Integer(*number)),
            Self::Flag(flag) => ToSqlOutput::Owned(Owned::Integer(i64::from(*flag))),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

impl Columns for Row<'_> {
    fn integer(&self, column: &str) -> Result<Option<i64>, ColumnError> {
        self.get(column).map_err(|error| ColumnError::new(column, error))
    }

    fn text(&self, column: &str) -> Result<Option<&str>, ColumnError> {
        let value = self.get_ref(column).map_err(|error| ColumnError::new(column, error))?;
        value.as_str_or_null().map_err(|error| ColumnError::new(column, error))
    }

    fn bytes(&self, column: &str) -> Result<Option<&[u8]>, ColumnError> {
        let value = self.get_ref(column).map_err(|error| ColumnError::new(column, error))?;
        value.as_blob_or_null().map_err(|error| ColumnError::new(column, error))
    }

    fn flag(&self, column: &str) -> Result<bool, ColumnError> {
        self.get(column).map_err(|error| ColumnError::new(column, error))
    }
}
