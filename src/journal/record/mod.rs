//! What is recorded: events with their data, and what formats before this one stored.

pub(in crate::journal) mod acceptance;
mod approval;
mod event;
mod for_senders;
pub(in crate::journal) mod format_7;
mod lock;
mod outcome;
pub(in crate::journal) mod reason;
mod status;

pub use acceptance::{Acceptance, Origin};
pub use approval::Approval;
pub use event::{Event, Failure, Record};
pub use lock::{Lock, Place};
pub use outcome::Outcome;
pub use reason::Reason;
pub use status::{Status, UnknownStatus};
