//! The specification of boathook: read in order, it says what the service does.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod choosing;
mod group_commit;
mod health_verdicts;
mod journal;
mod journal_on_disk;
mod probing;
mod rolling;
mod rollout_world;
mod running_programs;
mod samples;
mod scheduling;
mod state;
mod state_dir;
mod tapped_store;
