//! The specification of boathook: read in order, it says what the service does.

mod configuration;
mod group_commit;
mod health_verdicts;
mod journal;
mod journal_on_disk;
mod probing;
mod repeats;
mod running_programs;
mod samples;
mod state_dir;
mod status_page;
mod webhook_answers;
mod webhook_payload;
mod webhook_signatures;
mod world;
