//! The record: what happened to each deployment, in order, on disk before anyone is told.
//!
//! It schedules nothing and runs nothing.

mod accept;
mod approval;
mod columns;
mod draft;
mod draft_locks;
mod event;
mod filter;
mod history;
#[expect(clippy::module_inception, reason = "a file is named after the one thing in it")]
mod journal;
mod live;
mod lock;
mod open;
mod order_rollback;
mod progress;
mod prune;
mod schema;
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

pub use crate::plan::{Action, Findings};
pub use accept::{AcceptError, Accepted, AppendError, RetryError};
pub use approval::Approval;
pub use event::{Acceptance, End, Event, Failure, Origin, Record};
pub use filter::Filter;
pub use history::{History, Share};
pub use journal::Journal;
pub use lock::{Lock, LockError, Place};
pub use order_rollback::RollbackError;
pub use progress::{Progress, Retreat};
pub use prune::{Cut, Forgettable, Keep};
pub use setback::Setback;
pub use signer::Signer;
pub use sqlite::{SqliteStore, StoreOptions};
pub use state::{Deployment, IllegalEvent, Outcome, State};
pub use status::{Status, UnknownStatus};
pub use store::{Batch, Cause, Row, Store, StoreError};
pub use summary::{Success, Summary};
pub use timeline::{Direction, StepShown, StepStatus};
