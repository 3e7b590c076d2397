//! The journal beside the SQLite of others, and copies of it.

mod backups;
mod moving;
mod on_disk;
mod postgres;
