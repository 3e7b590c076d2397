//! The one writer: it collects what is to be recorded, and commits many things with one fsync.

mod accept;
pub(in crate::journal) mod active_deployments;
mod apply;
pub(in crate::journal) mod command;
pub(in crate::journal) mod commands;
mod commits;
mod earlier_requests;
mod lock_error;
mod mirror;
pub(in crate::journal) mod order_error;
mod pending_accept;
mod pending_append;
mod pending_batch;
mod pending_facts;
mod pending_holds;
mod pending_locks;
mod pending_retry;
mod pending_watches;
mod pending_withdrawals;
mod queue;
pub(in crate::journal) mod queued;
mod recent_records;
mod release_error;
pub(in crate::journal) mod shared;
mod watch_rollback_error;
mod whole_summary;
mod withdrawal_error;
pub(in crate::journal) mod write;
#[expect(clippy::module_inception, reason = "a file is named after the one thing in it")]
mod writer;

pub use accept::{AcceptError, Accepted, AppendError, RetryError};
pub use commits::Commits;
pub use lock_error::LockError;
pub use release_error::ReleaseError;
pub use watch_rollback_error::WatchRollbackError;
pub use withdrawal_error::{WithdrawalError, Withdrawn};
pub use write::{DatedEvent, FollowUp};
