//! A state directory of a test's own, gone after it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use boathook::journal::{
    Journal, PostgresOptions, PostgresStore, SqliteStore, Store, StoreError, StoreOptions,
};
use boathook_core::clock::Clock;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{postgres_server, tapped_store::TappedStore};

pub struct StateDir {
    folder: TempDir,
    /// Where the journal is, if not in the folder.
    postgres: Option<PostgresOptions>,
}

impl StateDir {
    /// In memory where the machine has such a place: waiting for the disk proves nothing here.
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
        let postgres = postgres_server::is_wanted().then(postgres_server::new_schema);
        Self { folder: folder.unwrap(), postgres }
    }

    /// A directory whose journal is a file, wherever other tests keep theirs.
    pub fn with_file() -> Self {
        Self { postgres: None, ..Self::new() }
    }

    /// A directory with these files, as after a crash.
    pub fn with(files: &[(&str, &[u8])]) -> Self {
        let dir = Self::with_file();
        for (name, content) in files {
            fs::write(dir.folder().join(name), content).unwrap();
        }
        dir
    }

    /// The directory itself.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether its journal is in the file.
    pub fn keeps_file(&self) -> bool {
        self.postgres.is_none()
    }

    pub fn path(&self) -> PathBuf {
        self.folder().join("journal.db")
    }

    /// The log of what SQLite has not yet moved into the database.
    pub fn log(&self) -> PathBuf {
        self.folder().join("journal.db-wal")
    }

    pub fn try_store(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(match &self.postgres {
            Some(options) => {
                Arc::new(TappedStore::alone(Arc::new(PostgresStore::open(options.clone())?)))
            }
            None => Arc::new(self.try_sqlite()?),
        })
    }

    pub fn store(&self) -> Arc<dyn Store> {
        self.try_store().unwrap()
    }

    pub fn try_sqlite(&self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(&self.path(), StoreOptions::default())
    }

    /// The store in the folder, for what only a file has.
    pub fn sqlite(&self) -> Arc<SqliteStore> {
        Arc::new(self.try_sqlite().unwrap())
    }

    /// Writes a format's number into the journal, which nobody has open.
    pub fn claim_format(&self, format: u32) {
        Connection::open(self.path()).unwrap().pragma_update(None, "user_version", format).unwrap();
    }

    pub fn journal(&self) -> Journal {
        Journal::open(self.store(), Clock::system()).unwrap()
    }
}
