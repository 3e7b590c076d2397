//! The specification of boathook: read in order, it says what the service does.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod blue_green;
mod breaking;
mod choosing;
mod command_line;
mod configuration;
mod following;
mod going_back;
mod group_commit;
mod health_verdicts;
mod imports;
mod journal;
mod journal_on_disk;
mod listening;
mod operator_control;
mod ordered_rollbacks;
mod others;
mod probing;
mod repeats;
mod retrying;
mod rolling;
mod rollout_world;
mod running_programs;
mod samples;
mod sandbox_command;
mod sandbox_core;
mod sandbox_crictl;
mod sandbox_kubectl;
mod sandbox_refusals;
mod sandbox_room;
mod scheduling;
mod shipped_files;
mod state;
mod state_dir;
mod status_page;
mod steering;
mod tapped_store;
mod webhook_answers;
mod webhook_payload;
mod webhook_signatures;
mod world;
