//! Bringing back objects beside the service: what becomes of each, and doing it within a deadline.

mod fate;
#[expect(clippy::module_inception, reason = "a file is named after the one thing in it")]
mod restoring;

pub(crate) use fate::{Fate, fate, fate_of_ordered};
pub(crate) use restoring::Restoring;
