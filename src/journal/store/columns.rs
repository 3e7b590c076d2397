//! A row that a database found, and its columns as our types: every stored text is parsed again, so
//! that a damaged row is an error and never a wrong value.

use std::{error::Error, sync::Arc};

use serde::{
    Deserialize,
    de::{
        DeserializeOwned, IntoDeserializer,
        value::{Error as Unreadable, StrDeserializer},
    },
};

use crate::journal::Cause;

/// A row, by the names of its columns.
pub trait Columns {
    /// A number, if there is one.
    fn integer(&self, column: &str) -> Result<Option<i64>, ColumnError>;

    /// A text, if there is one.
    fn text(&self, column: &str) -> Result<Option<&str>, ColumnError>;

    /// Bytes, if there are any.
    fn bytes(&self, column: &str) -> Result<Option<&[u8]>, ColumnError>;

    /// Yes or no.
    fn flag(&self, column: &str) -> Result<bool, ColumnError>;
}

/// What takes the rows that a statement finds.
pub type RowReader<'a> = dyn FnMut(&dyn Columns) -> Result<(), ColumnError> + 'a;

/// What takes the rows that several statements find, each with the index of its statement.
pub type EachRowReader<'a> = dyn FnMut(usize, &dyn Columns) -> Result<(), ColumnError> + 'a;

/// A column that does not hold what it should.
#[derive(Debug, thiserror::Error)]
#[error("the stored column `{column}` cannot be read")]
pub struct ColumnError {
    column: String,
    source: Cause,
}

/// Nothing where something must be.
#[derive(Debug, thiserror::Error)]
#[error("it is empty")]
struct Empty;

impl ColumnError {
    pub(super) fn new(column: &str, source: impl Error + Send + Sync + 'static) -> Self {
        Self { column: column.to_owned(), source: Arc::new(source) }
    }
}

/// A number that must be there.
pub(super) fn integer(row: &dyn Columns, column: &str) -> Result<i64, ColumnError> {
    required(column, row.integer(column)?)
}

/// A sequence or a count.
pub(super) fn sequence(row: &dyn Columns, column: &str) -> Result<u64, ColumnError> {
    u64::try_from(integer(row, column)?).map_err(|error| ColumnError::new(column, error))
}

/// A text that must be there.
pub(super) fn text<'a>(row: &'a dyn Columns, column: &str) -> Result<&'a str, ColumnError> {
    required(column, row.text(column)?)
}

/// A text as the type that it was made from.
pub(super) fn parsed<T: for<'a> Deserialize<'a>>(
    row: &dyn Columns,
    column: &str,
) -> Result<T, ColumnError> {
    parse(column, text(row, column)?)
}

/// The same where there may be none.
pub(super) fn if_present<T: for<'a> Deserialize<'a>>(
    row: &dyn Columns,
    column: &str,
) -> Result<Option<T>, ColumnError> {
    row.text(column)?.map(|text| parse(column, text)).transpose()
}

/// A text that is JSON.
pub(super) fn from_json<T: DeserializeOwned>(
    row: &dyn Columns,
    column: &str,
) -> Result<T, ColumnError> {
    serde_json::from_str(text(row, column)?).map_err(|error| ColumnError::new(column, error))
}

fn required<T>(column: &str, value: Option<T>) -> Result<T, ColumnError> {
    value.ok_or_else(|| ColumnError::new(column, Empty))
}

fn parse<T: for<'a> Deserialize<'a>>(column: &str, text: &str) -> Result<T, ColumnError> {
    let text: StrDeserializer<'_, Unreadable> = text.into_deserializer();
    T::deserialize(text).map_err(|error| ColumnError::new(column, error))
}
