//! Values and rows as PostgreSQL has them.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::{
    Row,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};

use crate::journal::store::{
    columns::{ColumnError, Columns},
    statement::Value,
};

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        wanted: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) => number.to_sql_checked(wanted, out),
            Self::Flag(flag) => flag.to_sql_checked(wanted, out),
            Self::Text(text) => text.as_ref().to_sql_checked(wanted, out),
            Self::Bytes(bytes) => bytes.as_ref().to_sql_checked(wanted, out),
        }
    }

    fn accepts(wanted: &Type) -> bool {
        [Type::INT8, Type::BOOL, Type::TEXT, Type::BYTEA].contains(wanted)
    }

    to_sql_checked!();
}

fn column<'a, T: FromSql<'a>>(row: &'a Row, column: &str) -> Result<T, ColumnError> {
    row.try_get(column).map_err(|error| ColumnError::new(column, error))
}

impl Columns for Row {
    fn integer(&self, name: &str) -> Result<Option<i64>, ColumnError> {
        column(self, name)
    }

    fn text(&self, name: &str) -> Result<Option<&str>, ColumnError> {
        column(self, name)
    }

    fn bytes(&self, name: &str) -> Result<Option<&[u8]>, ColumnError> {
        column(self, name)
    }

    fn flag(&self, name: &str) -> Result<bool, ColumnError> {
        column(self, name)
    }
}
