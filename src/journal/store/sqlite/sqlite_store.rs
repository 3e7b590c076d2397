//! The store on this node's disk: SQLite, with one connection that writes and one that reads.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use crate::journal::{
    Batch, Store, StoreError, StoreReader,
    store::{
        changes,
        columns::RowReader,
        sqlite::{
            open::{FileLock, Opened, open},
            query::{execute, find_rows},
        },
        statement::{Statement, stored},
    },
};

/// Larger than what one deployment writes at once.
const CHECK: &str = "
    BEGIN IMMEDIATE;
    CREATE TABLE room (bytes BLOB);
    INSERT INTO room VALUES (zeroblob(65536));
    DROP TABLE room;
    COMMIT";

const LAST_SEQUENCE: &str = "SELECT seq FROM sqlite_sequence WHERE name = 'records'";

/// SQLite's own maximum, in pages.
const PAGES_MAX: u64 = 0xffff_fffe;

/// A journal in one file. Readers see what is committed, also while something is written.
pub struct SqliteStore {
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
    /// Held until the connections are closed: fields drop in order.
    _lock: FileLock,
}

/// How a file is kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoreOptions {
    /// The maximum size of the database in bytes; none for no limit.
    pub max_bytes: Option<u64>,
}

impl SqliteStore {
    /// Opens the file, or makes it; blocks, so it is for the start of the program.
    pub fn open(path: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        let StoreOptions { max_bytes } = options;
        let Opened { writer, reader, lock } = open(path)?;
        let store = Self { writer: Mutex::new(writer), reader: Mutex::new(reader), _lock: lock };
        store.limit(max_bytes)?;
        Ok(store)
    }

    /// Changes the size limit. Existing data stays, however large.
    pub fn limit(&self, max_bytes: Option<u64>) -> Result<(), StoreError> {
        let writer = locked(&self.writer);
        let set = || {
            let page: i64 = writer.pragma_query_value(None, "page_size", |row| row.get(0))?;
            let pages = max_bytes
                .map_or(PAGES_MAX, |bytes| (bytes / page.unsigned_abs()).clamp(1, PAGES_MAX));
            writer.pragma_update_and_check(None, "max_page_count", stored(pages), |_| Ok(()))
        };
        set().map_err(|error| StoreError::failed("set the journal's size limit", error))
    }
}

/// A connection holds no half-done work between calls, so a panic elsewhere leaves it fit for use.
fn locked(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store for SqliteStore {
    fn write(&self, batch: &Batch) -> Result<(), StoreError> {
        let changes = changes::of(batch)?;
        let mut writer = locked(&self.writer);
        let mut keep = || {
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            changes.iter().try_for_each(|change| execute(&transaction, change))?;
            transaction.commit()
        };
        keep().map_err(|error| StoreError::failed("write the journal", error))
    }

    fn write_beside(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
    ) -> Result<(), StoreError> {
        execute(&locked(&self.writer), statement)
            .map_err(|error| StoreError::failed(operation, error))
    }

    fn check(&self) -> Result<(), StoreError> {
        let writer = locked(&self.writer);
        writer.execute_batch(CHECK).map_err(|error| {
            // If SQLite ended the transaction by itself, there is nothing to roll back.
            let _ = writer.execute_batch("ROLLBACK");
            StoreError::failed("write the journal", error)
        })
    }
}

impl StoreReader for SqliteStore {
    fn last_sequence(&self) -> Result<u64, StoreError> {
        let reader = locked(&self.reader);
        let last = reader.query_row(LAST_SEQUENCE, [], |row| row.get::<_, i64>(0)).optional();
        last.map(|last| last.map_or(0, i64::unsigned_abs))
            .map_err(|error| StoreError::failed("read the journal's last sequence", error))
    }

    fn find_rows(
        &self,
        operation: &'static str,
        statement: &Statement<'_>,
        row: &mut RowReader<'_>,
    ) -> Result<(), StoreError> {
        find_rows(&locked(&self.reader), operation, statement, row)
    }
}
