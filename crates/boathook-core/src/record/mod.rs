//! What is recorded: events with their data, and what formats before this one stored.

mod acceptance;
mod approval;
mod command_event;
mod deployment_event;
mod event;
mod failure;
mod for_senders;
mod format_7;
mod lock;
mod lock_event;
mod outcome;
mod promotion_event;
mod reason;
mod rewrite;
mod status;
mod step_event;
mod stored_actor;
mod withdrawal;
mod withdrawal_event;

pub use acceptance::{Acceptance, Origin, first_attempt};
pub use approval::Approval;
pub use command_event::CommandEvent;
pub use deployment_event::DeploymentEvent;
pub use event::{Event, Record};
pub use failure::Failure;
pub use format_7::reason_in_column;
pub use lock::{Lock, Place};
pub use lock_event::LockEvent;
pub use outcome::Outcome;
pub use promotion_event::PromotionEvent;
pub use reason::Reason;
pub use rewrite::Rewrite;
pub use status::{Status, UnknownStatus};
pub use step_event::StepEvent;
pub use withdrawal::{Withdrawal, WithdrawalCause};
pub use withdrawal_event::{ReinstatedBy, WithdrawalEvent};
