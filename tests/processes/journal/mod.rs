//! The journal beside the SQLite of others, copies of it, and the record in a real PostgreSQL that one
//! boathook or several use.

mod backups;
mod copying;
mod inbox;
mod inbox_answers;
mod inbox_faults;
mod lease;
mod mirror;
mod moving;
mod nodes;
mod on_disk;
mod postgres;
mod postgres_store;
mod postgres_tls;
mod pulls;
