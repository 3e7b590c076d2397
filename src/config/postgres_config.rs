//! Where the record is kept, if that is a PostgreSQL database.

use std::path::PathBuf;

use boathook_core::source::Source;
use serde::Deserialize;

use crate::journal::SchemaName;

/// Where the record is kept in place of the file in the state directory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresConfig {
    /// Where the URL of the database is read from.
    pub url: Source,
    /// A file with the certificates of the authorities that may vouch for the server, in place of
    /// this machine's.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// The schema that holds the record, and nothing else.
    #[serde(default)]
    pub schema: SchemaName,
}
