//! What is on disk: records, their fold, their order, and what is pruned.

mod copying;
mod following;
mod group_commit;
mod inbox;
mod inbox_answers;
mod inbox_faults;
mod lease;
mod mirror;
mod mirror_faults;
mod nodes;
mod older_program;
mod on_disk;
mod postgres;
mod postgres_tls;
mod pruning;
mod pulls;
mod records;
mod state;
