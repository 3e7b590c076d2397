//! Where a record is, or is to be.

use std::{
    fmt::{self, Display},
    path::PathBuf,
};

use crate::journal::{
    PostgresOptions, StoreError,
    store::{copy_side::Side, postgres::PostgresSide, sqlite::SqliteSide},
};

/// Where a record is, or is to be.
#[derive(Clone)]
pub enum CopyPlace {
    /// In a file of SQLite.
    File(PathBuf),
    /// In a schema of a PostgreSQL database.
    Postgres(Box<PostgresOptions>),
}

impl CopyPlace {
    /// Opens it to copy from it; nobody else has it until it is closed.
    pub(super) fn open_source(&self) -> Result<Box<dyn Side>, StoreError> {
        Ok(match self {
            Self::File(path) => Box::new(SqliteSide::source(path)?),
            Self::Postgres(options) => Box::new(PostgresSide::source(options)?),
        })
    }

    /// Opens or makes it, to copy into it, in the same way.
    pub(super) fn open_target(&self) -> Result<Box<dyn Side>, StoreError> {
        Ok(match self {
            Self::File(path) => Box::new(SqliteSide::target(path)?),
            Self::Postgres(options) => Box::new(PostgresSide::target(options)?),
        })
    }
}

impl From<PostgresOptions> for CopyPlace {
    fn from(options: PostgresOptions) -> Self {
        Self::Postgres(Box::new(options))
    }
}

/// The place, without a password.
impl Display for CopyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "`{}`", path.display()),
            Self::Postgres(options) => options.fmt(f),
        }
    }
}
