//! What proves a digest: a requirement, what the record says of the digest, and the one judge of
//! both.
//!
//! What is said here depends on the given facts and the given time alone: the same question, the same
//! answer. Who asks reads the facts, and waits.

mod fact;
mod judge;
mod not_proven;
mod not_yet;
mod of_bundle;
mod places;
mod requirement;
mod service_time;
mod withdrawal;

pub use fact::{DigestFact, Fact, What};
pub use not_proven::NotProven;
pub use not_yet::NotYet;
pub use of_bundle::of_bundle;
pub use places::Places;
pub use requirement::Requirement;
pub use service_time::{DigestRecord, ServiceTime};
pub use withdrawal::{Withdrawal, WithdrawalCause};
