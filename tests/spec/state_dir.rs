//! A state directory of a test's own, gone after it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use boathook::{
    clock::Clock,
    journal::{Journal, SqliteStore, StoreError, StoreOptions},
};
use rusqlite::Connection;
use tempfile::TempDir;

/// What takes each change of the journal's format back, from the newest on; the number is the format that is left.
const TAKEN_BACK: [(u32, &str); 5] = [
    (
        6,
        "DROP INDEX deployments_of_environment; DROP INDEX deployments_in_namespace; DROP INDEX deployments_of_name; DROP INDEX deployments_by_id; DROP INDEX deployments_by_end; \
         DROP INDEX deployments_that_served; DROP INDEX deployments_by_signer; ALTER TABLE deployments DROP COLUMN signed_by",
    ),
    (5, "DROP INDEX deployments_to_promote; ALTER TABLE deployments DROP COLUMN awaits_promotion"),
    (4, "DROP INDEX deployments_ended; ALTER TABLE deployments DROP COLUMN forgotten"),
    (3, "DROP TABLE locks"),
    (2, "DROP INDEX requests_of_service; ALTER TABLE deployments DROP COLUMN requested_at"),
];

pub struct StateDir(TempDir);

impl StateDir {
    /// In memory where the machine has such a place: waiting for the disk proves nothing here.
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        Self(if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap())
    }

    /// A directory with these files, as after a crash.
    pub fn with(files: &[(&str, &[u8])]) -> Self {
        let dir = Self::new();
        for (name, content) in files {
            fs::write(dir.0.path().join(name), content).unwrap();
        }
        dir
    }

    /// The directory itself.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    pub fn path(&self) -> PathBuf {
        self.0.path().join("journal.db")
    }

    /// The log of what SQLite has not yet moved into the database.
    pub fn log(&self) -> PathBuf {
        self.0.path().join("journal.db-wal")
    }

    pub fn try_store(&self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(&self.path(), StoreOptions::default())
    }

    pub fn store(&self) -> Arc<SqliteStore> {
        Arc::new(self.try_store().unwrap())
    }

    /// Makes the journal, which nobody has open, one of an earlier format.
    pub fn back_to(&self, format: u32) {
        let journal = Connection::open(self.path()).unwrap();
        for (_, taken_back) in TAKEN_BACK.iter().filter(|(left, _)| *left >= format) {
            journal.execute_batch(taken_back).unwrap();
        }
        journal.pragma_update(None, "user_version", format).unwrap();
    }

    pub fn journal(&self) -> Journal {
        Journal::open(self.store(), Clock::system()).unwrap()
    }
}
