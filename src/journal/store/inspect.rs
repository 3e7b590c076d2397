//! Reads which format a journal's file has. It writes nothing, even while boathook has the file
//! open.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::journal::{
    StoreError,
    store::open::{BUSY, explain, out_of_reach},
    store::schema::{self, Format, NEWEST},
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
    let beside = PathBuf::from(format!("{}-wal", path.display()));
    let cannot = |error: rusqlite::Error| explain(path, error);
    let connection = connect(path, exists(&beside)?).map_err(cannot)?;
    match schema::format(&connection).map_err(cannot)? {
        Format::Empty => Ok(Inspected::Missing),
        Format::Known(found) => Ok(Inspected::Format { found, newest: NEWEST }),
        Format::Older(found) => Err(StoreError::Older { path: path.to_owned(), found }),
        Format::Newer(found) => {
            Err(StoreError::Newer { path: path.to_owned(), found, known: NEWEST })
        }
        Format::Foreign => Err(StoreError::NotOurs { path: path.to_owned() }),
    }
}

/// Without a write-ahead log nobody wrote since it was closed, and SQLite need not create its
/// shared-memory files.
fn connect(path: &Path, is_open: bool) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = if is_open {
        Connection::open_with_flags(path, flags)?
    } else {
        let escaped =
            path.display().to_string().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        Connection::open_with_flags(
            format!("file:{escaped}?immutable=1"),
            flags | OpenFlags::SQLITE_OPEN_URI,
        )?
    };
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}
