//! The record: what happened to each deployment, in order, on disk before anyone learns of it.
//!
//! It schedules nothing and runs nothing.

mod accept;
mod acceptance;
mod active_deployments;
mod approval;
mod back_up;
mod columns;
mod commits;
mod deployment_detail;
mod deployment_view;
mod event;
mod filter;
mod for_senders;
mod format_7;
mod held_up;
mod inspect;
#[expect(clippy::module_inception, reason = "a file is named after the one thing in it")]
mod journal;
mod lock;
mod open;
mod order_rollback;
mod outcome;
mod pending_batch;
mod pending_locks;
mod progress;
mod promotion_state;
mod prune;
mod reason;
mod rollback_failure;
mod schema;
mod selection;
mod service;
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

pub use crate::plan::{Action, Observation, Observations};
pub use accept::{AcceptError, Accepted, AppendError, RetryError};
pub use acceptance::{Acceptance, Origin};
pub use approval::Approval;
pub use back_up::{BackUpError, back_up};
pub use commits::Commits;
pub use deployment_detail::{DeploymentDetail, Probed, Program, StepActivity};
pub use deployment_view::{DeploymentView, Share};
pub use event::{Event, Failure, Record};
pub use filter::Filter;
pub use inspect::{Inspected, inspect};
pub use journal::{Journal, new_token};
pub use lock::{Lock, LockError, Place};
pub use order_rollback::RollbackError;
pub use outcome::Outcome;
pub use progress::{Progress, Rollback};
pub use promotion_state::{PromotionOutcome, PromotionState};
pub use prune::{Cutoff, Prunable, Retention};
pub use reason::Reason;
pub use rollback_failure::RollbackFailure;
pub use service::{Served, Service};
pub use signer::Signer;
pub use sqlite::{SqliteStore, StoreOptions};
pub use state::{Conclusion, Deployment, IllegalEvent, State};
pub use status::{Status, UnknownStatus};
pub use store::{Batch, Cause, Row, Store, StoreError};
pub use summary::{Success, Summary};
pub use timeline::{Direction, StepStatus, StepView};

/// The journal's file in the state directory.
pub const FILE: &str = "journal.db";
