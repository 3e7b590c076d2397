//! What is on disk: records, their fold, their order, and what is pruned.

mod following;
mod group_commit;
mod mirror;
mod mirror_faults;
mod older_program;
mod on_disk;
mod pruning;
mod records;
mod state;
