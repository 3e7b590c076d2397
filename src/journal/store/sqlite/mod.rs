//! The journal in one file on this node's disk: SQLite.

mod back_up;
mod inspect;
mod migrate;
mod open;
#[cfg(test)]
mod plans;
mod query;
mod row;
mod sqlite_side;
mod sqlite_store;

pub use back_up::{BackUpError, back_up};
pub use inspect::{Inspected, copy_mark_of, inspect};
pub use open::is_in_use;
pub(in crate::journal::store) use sqlite_side::SqliteSide;
pub use sqlite_store::{SqliteStore, StoreOptions};
