//! A journal's file as one side of a copy.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
};

use rusqlite::{Connection, TransactionBehavior};
use rustix::process::geteuid;

use crate::journal::{
    CopyMark, StoreError,
    store::{
        columns::RowReader,
        copy_side::{Found, Side},
        schema::{Format, NEWEST},
        sqlite::{
            migrate,
            open::{FileLock, connect, create, explain, lock, lock_path, mark, out_of_reach},
            query::{execute, find_rows},
        },
        statement::{Statement, stored},
    },
};

const LAST_SEQUENCE: &str =
    "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'records'";

/// A journal's file that nobody else has.
pub(in crate::journal::store) struct SqliteSide {
    path: PathBuf,
    /// None of a file that is not there.
    connection: Option<Connection>,
    found: Found,
    /// Held until the connection is closed: fields drop in order.
    _lock: Option<FileLock>,
}

impl SqliteSide {
    /// A file to copy from.
    pub(in crate::journal::store) fn source(path: &Path) -> Result<Self, StoreError> {
        if !path.try_exists().map_err(|error| out_of_reach(path, error))? {
            let path = path.to_owned();
            return Ok(Self { path, connection: None, found: Found::Nothing, _lock: None });
        }
        Self::open(path)
    }

    /// A file to copy into, which may not be there yet.
    pub(in crate::journal::store) fn target(path: &Path) -> Result<Self, StoreError> {
        if path.try_exists().map_err(|error| out_of_reach(path, error))? {
            return Self::open(path);
        }
        let lock = Some(lock(path)?);
        Ok(Self { path: path.to_owned(), connection: None, found: Found::Nothing, _lock: lock })
    }

    fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        let cannot = |error: rusqlite::Error| explain(path, error);
        let connection = connect(path).map_err(cannot)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(cannot)?;
        let path = path.to_owned();
        let found = match migrate::format(&connection).map_err(cannot)? {
            Format::Empty => Found::Nothing,
            Format::Known(found) => Found::Record(found),
            Format::Marked => Found::Marked(mark(&path, &connection)?),
            Format::Older(found) => return Err(StoreError::Older { path, found }),
            Format::Newer(found) => return Err(StoreError::Newer { path, found, known: NEWEST }),
            Format::Foreign => return Err(StoreError::NotOurs { path }),
        };
        if connection.is_readonly("main").map_err(|error| explain(&path, error))? {
            return Err(StoreError::ReadOnly { path });
        }
        Ok(Self { path, connection: Some(connection), found, _lock: Some(lock) })
    }

    /// Makes changes in one transaction.
    fn change(
        &mut self,
        operation: &'static str,
        change: impl FnOnce(&Connection) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let connection = self.connection.as_mut().ok_or(StoreError::Stopped)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let changed = transaction.and_then(|transaction| {
            change(&transaction)?;
            transaction.commit()
        });
        changed.map_err(|error| StoreError::failed(operation, error))
    }

    /// An empty file in place of what was there, which belongs to whom its folder does.
    fn replace(&mut self) -> io::Result<()> {
        self.connection = None;
        for suffix in ["", "-wal", "-shm"] {
            match fs::remove_file(format!("{}{suffix}", self.path.display())) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        create(&self.path)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        if geteuid().is_root() {
            let owner = fs::metadata(folder)?;
            for path in [&self.path, &lock_path(&self.path)] {
                chown(path, Some(owner.uid()), Some(owner.gid()))?;
            }
        }
        File::open(folder)?.sync_all()
    }
}

impl Side for SqliteSide {
    fn found(&self) -> &Found {
        &self.found
    }

    fn begin(&mut self, from: &str) -> Result<(), StoreError> {
        self.replace().map_err(|error| out_of_reach(&self.path, error))?;
        let path = self.path.clone();
        let cannot = |error: rusqlite::Error| explain(&path, error);
        let connection = connect(&path).map_err(cannot)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(cannot)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(cannot)?;
        self.connection = Some(connection);
        let mark = CopyMark::Unfinished { from: from.to_owned() };
        self.change("begin a copy", |connection| migrate::make_marked(connection, &mark))
    }

    fn keep(&mut self, statement: &Statement<'_>) -> Result<(), StoreError> {
        self.change("write rows", |connection| execute(connection, statement))
    }

    fn keep_last_sequence(&mut self, last: u64) -> Result<(), StoreError> {
        self.change("write the last sequence", |connection| {
            connection.execute("DELETE FROM sqlite_sequence WHERE name = 'records'", [])?;
            let row = [stored(last)];
            let keep = "INSERT INTO sqlite_sequence (name, seq) VALUES ('records', ?1)";
            connection.execute(keep, row).map(drop)
        })
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        self.change("finish the copy", migrate::unmark)
    }

    fn retire(&mut self, to: &str) -> Result<(), StoreError> {
        let mark = CopyMark::Moved { to: to.to_owned() };
        self.change("mark the record as moved", |connection| migrate::mark(connection, &mark))
    }

    fn last_sequence(&mut self) -> Result<u64, StoreError> {
        let connection = self.connection.as_ref().ok_or(StoreError::Stopped)?;
        let last = connection.query_row(LAST_SEQUENCE, [], |row| row.get::<_, i64>(0));
        last.map(i64::unsigned_abs)
            .map_err(|error| StoreError::failed("read the journal's last sequence", error))
    }

    fn find(
        &mut self,
        statement: &Statement<'_>,
        row: &mut RowReader<'_>,
    ) -> Result<(), StoreError> {
        let connection = self.connection.as_ref().ok_or(StoreError::Stopped)?;
        find_rows(connection, "read rows", statement, row)
    }
}
