//! Which deployment is worked on when: one at a time per service, so many over all, in order of
//! acceptance.
//!
//! It knows what waits and what runs, from the journal; what a worker does is not its business.

mod approvals;
mod limits;
mod openings;
mod outdated;
mod queue;
mod replace;
mod rests;
mod run;
mod settings;
mod windows;

pub use limits::Limits;
pub use queue::{Decision, Entry, EntryKind, Supersession, choose};
pub use run::Scheduler;
pub use settings::SchedulerSettings;
