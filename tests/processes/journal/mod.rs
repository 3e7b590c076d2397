//! The journal beside the SQLite of others, and copies of it.

mod backups;
mod on_disk;
mod postgres;
