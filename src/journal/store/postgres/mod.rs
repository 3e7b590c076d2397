//! The journal in a schema of a PostgreSQL database.

mod dialect;
mod driver;
mod inspect;
mod listener;
mod lock;
mod open;
mod pause;
mod postgres_error;
mod postgres_options;
mod postgres_store;
mod row;
mod session;
mod tls;
mod transaction;
mod url;
mod writer;

pub use inspect::{InspectedDatabase, inspect_database};
pub use postgres_error::PostgresError;
pub use postgres_options::{NoSchemaName, PostgresOptions, SchemaName};
pub use postgres_store::PostgresStore;
pub use url::{DatabaseUrl, UrlError};
