//! The record: what happened to each deployment, in order, on disk before anyone is told.
//!
//! It schedules nothing and runs nothing.

mod aborted;
mod accept;
mod acceptance;
mod account;
mod approval;
mod columns;
mod commits;
mod draft;
mod draft_locks;
mod end;
mod event;
mod filter;
mod held_up;
mod history;
mod inspect;
#[expect(clippy::module_inception, reason = "a file is named after the one thing in it")]
mod journal;
mod live;
mod lock;
mod onward;
mod open;
mod order_rollback;
mod progress;
mod prune;
mod schema;
mod selection;
mod service;
mod setback;
mod signer;
mod sqlite;
mod state;
mod statements;
mod status;
mod store;
mod summary;
mod timeline;
mod watch;
mod write;
mod writer;

pub use crate::plan::{Action, Finding, Findings, Numbers, TIME_BOUNDS, Times};
pub use aborted::{aborted_by, newer_request, someone, without_user};
pub use accept::{AcceptError, Accepted, AppendError, RetryError};
pub use acceptance::{Acceptance, Origin};
pub use account::{Account, Passage, Probed, Program};
pub use approval::Approval;
pub use commits::Commits;
pub use end::End;
pub use event::{Event, Failure, Record};
pub use filter::Filter;
pub use history::{History, Share};
pub use inspect::{Inspected, inspect};
pub use journal::{Journal, new_token};
pub use lock::{Lock, LockError, Place};
pub use onward::{Onward, OnwardAnswer};
pub use order_rollback::RollbackError;
pub use progress::{Progress, Retreat};
pub use prune::{Cut, Forgettable, Keep};
pub use service::{Served, Service};
pub use setback::Setback;
pub use signer::Signer;
pub use sqlite::{SqliteStore, StoreOptions};
pub use state::{Deployment, IllegalEvent, Outcome, State};
pub use status::{Status, UnknownStatus};
pub use store::{Batch, Cause, Row, Store, StoreError};
pub use summary::{Success, Summary};
pub use timeline::{Direction, StepShown, StepStatus};

/// The journal's file in the state directory.
pub const FILE: &str = "journal.db";
