//! The specification of boathook: read in order, it says what the service does.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod blue_green;
mod breaking;
mod choosing;
mod configuration;
mod following;
mod going_back;
mod group_commit;
mod health_verdicts;
mod imports;
mod journal;
mod journal_on_disk;
mod others;
mod probing;
mod rolling;
mod rollout_world;
mod running_programs;
mod samples;
mod scheduling;
mod shipped_files;
mod state;
mod state_dir;
mod tapped_store;
