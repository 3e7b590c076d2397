//! What is on disk: records and the rows of lists, in SQLite.

mod back_up;
mod columns;
mod filter;
mod github_deployment;
mod inspect;
mod open;
mod packed_bundle;
mod prunable;
mod schema;
mod selection;
mod service;
mod signer;
mod sqlite;
mod statements;
#[expect(clippy::module_inception, reason = "a file is named after the one thing in it")]
mod store;
mod summary;

pub use back_up::{BackUpError, back_up};
pub use filter::Filter;
pub use github_deployment::GitHubDeployment;
pub use inspect::{Inspected, inspect};
pub use open::is_in_use;
pub use packed_bundle::PackedBundle;
pub use prunable::{Cutoff, Prunable};
pub use service::{Served, Service};
pub use signer::Signer;
pub use sqlite::{SqliteStore, StoreOptions};
pub use store::{Batch, Cause, ProvenImage, Row, Store, StoreError};
pub use summary::{Success, Summary};
