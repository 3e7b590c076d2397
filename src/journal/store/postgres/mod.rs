//! The journal in a schema of a PostgreSQL database.

mod database_clock;
mod dialect;
mod driver;
mod election;
mod inspect;
mod kept_session;
mod lease;
mod listener;
mod lock;
mod member;
mod node;
mod node_name;
mod nodes;
mod open;
mod pause;
mod pipeline;
mod postgres_options;
mod postgres_side;
mod postgres_store;
mod pulls;
mod row;
mod session;
mod tls;
mod transaction;
mod url;
mod writer;

pub use inspect::{InspectedDatabase, inspect_database};
pub use lease::{LEASE_LASTS, Lease};
pub use node::{Node, NodeProgress, Nodes};
pub use node_name::{NoNodeName, NodeName};
pub use postgres_options::{NoSchemaName, PostgresOptions, SchemaName};
pub(in crate::journal::store) use postgres_side::PostgresSide;
pub use postgres_store::PostgresStore;
pub use url::{DatabaseUrl, UrlError};
