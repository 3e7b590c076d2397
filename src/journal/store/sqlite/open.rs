//! Opening the journal's file: it must be ours, writable, of a known format, and not in use by
//! another process.

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use crate::journal::{
    CopyMark, StoreError,
    store::{
        copy_mark,
        schema::{Format, NEWEST},
        sqlite::{migrate, query::find_rows},
        statement::Statement,
    },
};

/// The journal holds tokens and payloads: its user's alone.
pub(super) const MODE: u32 = 0o600;
/// How long a reader waits while SQLite itself has the file locked, as after a crash.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// The connections to one file, and the lock that keeps others out as long as they live.
pub(super) struct Opened {
    pub(in crate::journal) writer: Connection,
    pub(in crate::journal) reader: Connection,
    pub(in crate::journal) lock: FileLock,
}

/// The lock on a journal. Closing its file would not do: a program that is just being started has
/// the same file open until it runs.
pub(super) struct FileLock(File);

impl Drop for FileLock {
    fn drop(&mut self) {
        // If it fails, the lock ends with the last process that has the file open.
        let _ = self.0.unlock();
    }
}

/// Opens or creates the file, and migrates it to the newest format.
pub(in crate::journal) fn open(path: &Path) -> Result<Opened, StoreError> {
    let lock = lock(path)?;
    create(path).map_err(|error| out_of_reach(path, error))?;
    let cannot = |error: rusqlite::Error| explain(path, error);
    let mut writer = connect(path).map_err(cannot)?;
    let from = accept(path, &writer)?;
    writer.pragma_update(None, "journal_mode", "WAL").map_err(cannot)?;
    writer.pragma_update(None, "synchronous", "FULL").map_err(cannot)?;
    migrate::bring_to_newest(&mut writer, from).map_err(cannot)?;
    let reader = connect(path).map_err(cannot)?;
    reader.pragma_update(None, "query_only", true).map_err(cannot)?;
    Ok(Opened { writer, reader, lock })
}

/// The lock is a file of its own: closing any handle on the database would drop SQLite's own locks
/// on it.
pub(super) fn lock(path: &Path) -> Result<FileLock, StoreError> {
    let beside = lock_path(path);
    let open = OpenOptions::new().create(true).truncate(false).write(true).mode(MODE).open(&beside);
    let file = open.map_err(|error| out_of_reach(&beside, error))?;
    match file.try_lock() {
        Ok(()) => Ok(FileLock(file)),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(out_of_reach(&beside, error)),
    }
}

pub(super) fn lock_path(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}.lock", path.display()))
}

/// Whether another process has the journal. For a moment that may be a program that its boathook was
/// starting when it was killed.
#[must_use]
pub fn is_in_use(path: &Path) -> bool {
    matches!(lock(path), Err(StoreError::InUse { .. }))
}

pub(super) fn create(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().create(true).truncate(false).write(true).mode(MODE).open(path).map(drop)
}

pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY)?;
    // Bound values do not change a statement's plan; otherwise statements that may use a partial
    // index are planned again each time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// The file's format, if it is one that can be worked with.
fn accept(path: &Path, connection: &Connection) -> Result<Format, StoreError> {
    let cannot = |error| explain(path, error);
    let file = path;
    let path = || path.to_owned();
    match migrate::format(connection).map_err(cannot)? {
        // Only a connection that has read something knows whether it may write.
        Format::Empty | Format::Known(_) if connection.is_readonly("main").map_err(cannot)? => {
            Err(StoreError::ReadOnly { path: path() })
        }
        format @ (Format::Empty | Format::Known(_)) => Ok(format),
        Format::Older(found) => Err(StoreError::Older { path: path(), found }),
        Format::Newer(found) => Err(StoreError::Newer { path: path(), found, known: NEWEST }),
        Format::Foreign => Err(StoreError::NotOurs { path: path() }),
        Format::Marked => Err(set_aside(file, connection)),
    }
}

/// Why a journal that has a mark cannot be used.
pub(super) fn set_aside(path: &Path, connection: &Connection) -> StoreError {
    let because = |mark| StoreError::SetAside { place: format!("`{}`", path.display()), mark };
    mark(path, connection).map_or_else(|error| error, because)
}

/// The mark of a journal that has one.
pub(super) fn mark(path: &Path, connection: &Connection) -> Result<CopyMark, StoreError> {
    let mut found = None;
    let read = Statement::new(copy_mark::READ, []);
    find_rows(connection, "read why the record must not be used", &read, &mut |row| {
        found = Some(CopyMark::read(row)?);
        Ok(())
    })?;
    found.ok_or_else(|| StoreError::NotOurs { path: path.to_owned() })
}

pub(in crate::journal::store) fn explain(path: &Path, error: rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotOurs { path },
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly { path },
        _ => StoreError::Open { path, source: Arc::new(error) },
    }
}

pub(super) fn out_of_reach(path: &Path, error: std::io::Error) -> StoreError {
    let path = path.to_owned();
    match error.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            StoreError::ReadOnly { path }
        }
        _ => StoreError::Open { path, source: Arc::new(error) },
    }
}
