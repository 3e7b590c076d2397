//! The journal in one file on this node's disk: SQLite.

mod back_up;
mod inspect;
mod migrate;
mod open;
#[cfg(test)]
mod plans;
mod row;
mod sqlite_store;

pub use back_up::{BackUpError, back_up};
pub use inspect::{Inspected, inspect};
pub use open::is_in_use;
pub use sqlite_store::{SqliteStore, StoreOptions};
