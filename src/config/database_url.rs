//! The URL of the record's database, read like a secret: it holds a password.

use std::ffi::OsString;

use crate::{
    config::{Config, PostgresConfig, SecretError, SecretUse, source::Unjudged},
    journal::DatabaseUrl,
};

/// Reads the URL of the database, if the record is in one; `variable` looks up a variable of this
/// process.
pub fn load_database_url(
    config: &Config,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<DatabaseUrl>, SecretError> {
    let read = |postgres: &PostgresConfig| {
        let read = Unjudged::read(SecretUse::Postgres, &postgres.url, &variable)?;
        read.judged_text(|text| DatabaseUrl::parse(&text).map_err(|error| error.why()))
    };
    config.state.postgres.as_ref().map(read).transpose()
}
