//! A state directory of a test's own, gone after it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use boathook::journal::{Journal, SqliteStore, StoreError, StoreOptions};
use boathook_core::clock::Clock;
use rusqlite::Connection;
use tempfile::TempDir;

/// What makes a journal of this format one of format 7.
const BACK_TO_7: &str = "ALTER TABLE deployments RENAME COLUMN id TO job; ALTER TABLE deployments RENAME COLUMN pruned TO forgotten;
    ALTER TABLE records RENAME COLUMN deployment TO job; DROP TABLE withdrawals; DROP TABLE service_holds;
    DROP INDEX deployments_watched; ALTER TABLE deployments DROP COLUMN watched; DROP INDEX deployments_of_digest;
    DROP INDEX deployments_unacknowledged; ALTER TABLE deployments DROP COLUMN unacknowledged;
    DROP INDEX deployments_that_served; ALTER TABLE deployments DROP COLUMN served_seq;
    CREATE INDEX deployments_that_served ON deployments (environment, namespace, service, accepted_seq); PRAGMA user_version = 7";

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

    /// Makes the journal, which nobody has open, one of format 7, whose texts are as `rewrite`
    /// makes them.
    pub fn back_to_format_7(&self, rewrite: &str) {
        let journal = Connection::open(self.path()).unwrap();
        journal.execute_batch(BACK_TO_7).unwrap();
        journal.execute_batch(rewrite).unwrap();
    }

    /// Writes a format's number into the journal, which nobody has open.
    pub fn claim_format(&self, format: u32) {
        Connection::open(self.path()).unwrap().pragma_update(None, "user_version", format).unwrap();
    }

    pub fn journal(&self) -> Journal {
        Journal::open(self.store(), Clock::system()).unwrap()
    }
}
