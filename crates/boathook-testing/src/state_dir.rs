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

    /// Writes a format's number into the journal, which nobody has open.
    pub fn claim_format(&self, format: u32) {
        Connection::open(self.path()).unwrap().pragma_update(None, "user_version", format).unwrap();
    }

    pub fn journal(&self) -> Journal {
        Journal::open(self.store(), Clock::system()).unwrap()
    }
}
