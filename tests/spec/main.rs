//! The specification of boathook: read in order, it says what the service does.

mod group_commit;
mod journal;
mod journal_on_disk;
mod samples;
mod state_dir;
