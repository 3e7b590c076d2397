//! What is on disk: records and the rows of lists, in a database.

mod batch;
mod batch_reader;
mod beside;
mod cause;
mod changes;
mod columns;
mod copy;
mod copy_mark;
mod copy_side;
mod filter;
mod github_deployment;
pub(in crate::journal) mod inbox;
mod inbox_answer;
mod notices;
mod packed_bundle;
mod postgres;
mod postgres_error;
mod proven_image;
mod prunable;
mod questions;
mod random;
mod rows;
mod schema;
mod selection;
mod service;
mod signer;
mod sqlite;
mod statement;
mod statements;
#[expect(clippy::module_inception, reason = "a file is named after the one thing in it")]
mod store;
mod store_error;
mod store_reader;
mod summary;

pub use batch::{Batch, Row};
pub use batch_reader::BatchReader;
pub use cause::Cause;
pub use columns::{EachRowReader, RowReader};
pub use copy::{Copied, CopyError, CopyPlace, CopyStep, copied_columns, copy};
pub use copy_mark::CopyMark;
pub use filter::Filter;
pub use github_deployment::GitHubDeployment;
pub use inbox_answer::InboxAnswer;
pub use notices::Notices;
pub use packed_bundle::PackedBundle;
pub use postgres::{
    DatabaseUrl, InspectedDatabase, LEASE_LASTS, Lease, NoNodeName, NoSchemaName, Node, NodeName,
    NodeProgress, Nodes, PostgresOptions, PostgresStore, SchemaName, UrlError, inspect_database,
};
pub use postgres_error::PostgresError;
pub use proven_image::ProvenImage;
pub use prunable::{Cutoff, Prunable};
pub use random::new_token;
pub(in crate::journal) use random::{new_id, new_name};
pub use service::{Served, Service};
pub use signer::Signer;
pub use sqlite::{
    BackUpError, Inspected, SqliteStore, StoreOptions, back_up, copy_mark_of, inspect, is_in_use,
};
pub use statement::Statement;
pub use store::Store;
pub use store_error::StoreError;
pub use store_reader::StoreReader;
pub use summary::{Success, Summary};
