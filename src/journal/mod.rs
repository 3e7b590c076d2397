//! The record: what happened to each deployment, in order, on disk before anyone is told.
//!
//! It schedules nothing and runs nothing.

mod event;
mod state;

pub use event::{Acceptance, End, Event, Failure, Record};
pub use state::{Deployment, IllegalEvent, Outcome, Progress, Reason, State};
