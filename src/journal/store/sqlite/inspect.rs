//! Reads which format a journal's file has. It writes nothing, even while boathook has the file
//! open.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::journal::{
    CopyMark, StoreError,
    store::sqlite::open::{BUSY, explain, out_of_reach, set_aside},
    store::{
        schema::{Format, NEWEST},
        sqlite::migrate,
    },
};

/// The state of a journal's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inspected {
    /// There is none yet, or nothing is in its file.
    Missing,
    /// A journal of this format; the next start migrates an older one.
    Format {
        found: u32,
        /// The newest format known here.
        newest: u32,
    },
}

/// Which format the file has; an error if boathook could not use it.
pub fn inspect(path: &Path) -> Result<Inspected, StoreError> {
    let exists = |path: &Path| path.try_exists().map_err(|error| out_of_reach(path, error));
    if !exists(path)? {
        return Ok(Inspected::Missing);
    }
    let beside = |suffix: &str| exists(&PathBuf::from(format!("{}{suffix}", path.display())));
    let files = match (beside("-wal")?, beside("-shm")?) {
        (false, _) => Files::Closed,
        (true, true) => Files::InUse,
        (true, false) => Files::Copied,
    };
    let cannot = |error: rusqlite::Error| explain(path, error);
    let connection = connect(path, files).map_err(cannot)?;
    match migrate::format(&connection).map_err(cannot)? {
        Format::Empty => Ok(Inspected::Missing),
        Format::Known(found) => Ok(Inspected::Format { found, newest: NEWEST }),
        Format::Older(found) => Err(StoreError::Older { path: path.to_owned(), found }),
        Format::Newer(found) => {
            Err(StoreError::Newer { path: path.to_owned(), found, known: NEWEST })
        }
        Format::Foreign => Err(StoreError::NotOurs { path: path.to_owned() }),
        Format::Marked => Err(set_aside(path, &connection)),
    }
}

/// The mark of a file whose record must not be used, if it has one.
#[must_use]
pub fn copy_mark_of(path: &Path) -> Option<CopyMark> {
    match inspect(path) {
        Err(StoreError::SetAside { mark, .. }) => Some(mark),
        Ok(_) | Err(_) => None,
    }
}

/// What is beside the journal's file.
#[derive(Clone, Copy)]
enum Files {
    /// No write-ahead log: nobody wrote since it was closed.
    Closed,
    /// A write-ahead log and its index: boathook has it open, or was killed.
    InUse,
    /// A write-ahead log without an index, as in a copy: nobody has it open.
    Copied,
}

/// Opens the file so that SQLite makes none beside it. A missing index of the log would be made in
/// the reader's name, and boathook could not write it.
fn connect(path: &Path, files: Files) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let escaped =
        path.display().to_string().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let by_url = |options: &str| {
        let url = format!("file:{escaped}?{options}");
        Connection::open_with_flags(url, flags | OpenFlags::SQLITE_OPEN_URI)
    };
    let connection = match files {
        Files::Closed => by_url("immutable=1")?,
        Files::InUse => Connection::open_with_flags(path, flags)?,
        // Without locks, and for itself alone, SQLite keeps the index in memory.
        Files::Copied => {
            let connection = by_url("vfs=unix-none")?;
            connection.query_row("PRAGMA locking_mode = EXCLUSIVE", [], |_| Ok(()))?;
            connection
        }
    };
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}
