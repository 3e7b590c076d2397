//! Backs up the journal's file while boathook may be writing to it: one consistent, checked state,
//! in a folder that keeps the newest few.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    num::NonZeroUsize,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use crate::journal::{
    Cause, StoreError,
    store::sqlite::open::{BUSY, MODE, explain, out_of_reach, set_aside},
    store::{schema::Format, sqlite::migrate},
};

const PREFIX: &str = "journal-";
const SUFFIX: &str = ".db";
/// The suffix of an unfinished copy.
const PARTIAL: &str = "partial";

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackUpError {
    /// The journal cannot be read.
    #[error("failed to read the journal for a backup")]
    Journal(#[source] StoreError),
    /// There is none.
    #[error("there is no journal `{}` to copy", path.display())]
    Missing { path: PathBuf },
    /// The folder for the copies, or what is in it, cannot be used.
    #[error("failed to write a backup to `{}`", path.display())]
    Folder { path: PathBuf, source: Cause },
    /// Another process is making a backup there.
    #[error("another backup is being written to `{}`", path.display())]
    InUse { path: PathBuf },
    /// The copy can be read, but SQLite finds it inconsistent.
    #[error("the journal `{}` is damaged: a copy of it fails SQLite's check: {found}", path.display())]
    Damaged {
        path: PathBuf,
        /// The first problem that SQLite found.
        found: String,
    },
}

/// Copies the journal into a folder, under a name with the time, and removes all copies there but
/// the newest `keep`. Blocks.
pub fn back_up(
    path: &Path,
    folder: &Path,
    keep: NonZeroUsize,
    now: Timestamp,
) -> Result<PathBuf, BackUpError> {
    let journal = open(path)?;
    let cannot = |source: io::Error| BackUpError::Folder {
        path: folder.to_owned(),
        source: Arc::new(source),
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(cannot)?;
    // Held to the end: two backups at once would remove each other's files.
    let lock = File::open(folder).map_err(cannot)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(BackUpError::InUse { path: folder.to_owned() });
        }
        Err(TryLockError::Error(error)) => return Err(cannot(error)),
    }
    let partial = folder.join(PARTIAL);
    let copied =
        empty(&partial).map_err(cannot).and_then(|()| copy(&journal, path, &partial, folder));
    if let Err(error) = copied {
        // The next backup removes it at the latest.
        let _ = fs::remove_file(&partial);
        return Err(error);
    }
    let copy = folder.join(format!("{PREFIX}{}{SUFFIX}", now.strftime("%Y%m%dT%H%M%SZ")));
    settle(&partial, &copy, &lock).map_err(cannot)?;
    prune(folder, keep).map_err(cannot)?;
    Ok(copy)
}

/// Opened for writing too: only then does SQLite remove its shared-memory files.
fn open(path: &Path) -> Result<Connection, BackUpError> {
    let journal = BackUpError::Journal;
    if !path.try_exists().map_err(|error| journal(out_of_reach(path, error)))? {
        return Err(BackUpError::Missing { path: path.to_owned() });
    }
    let cannot = |error| journal(explain(path, error));
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(cannot)?;
    connection.busy_timeout(BUSY).map_err(cannot)?;
    match migrate::format(&connection).map_err(cannot)? {
        Format::Empty | Format::Known(_) | Format::Older(_) | Format::Newer(_) => Ok(connection),
        Format::Foreign => Err(journal(StoreError::NotOurs { path: path.to_owned() })),
        Format::Marked => Err(journal(set_aside(path, &connection))),
    }
}

/// An empty file that only its owner reads, which SQLite then fills.
fn empty(partial: &Path) -> io::Result<()> {
    match fs::remove_file(partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => {
            OpenOptions::new().create_new(true).write(true).mode(MODE).open(partial).map(drop)
        }
    }
}

fn copy(
    journal: &Connection,
    path: &Path,
    partial: &Path,
    folder: &Path,
) -> Result<(), BackUpError> {
    let cannot = |source: rusqlite::Error| BackUpError::Folder {
        path: folder.to_owned(),
        source: Arc::new(source),
    };
    journal.execute("VACUUM INTO ?1", [partial.to_string_lossy()]).map_err(cannot)?;
    let copy =
        Connection::open_with_flags(partial, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(cannot)?;
    let found: String =
        copy.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(cannot)?;
    if found == "ok" { Ok(()) } else { Err(BackUpError::Damaged { path: path.to_owned(), found }) }
}

/// It gets its name only once it is on disk.
fn settle(partial: &Path, copy: &Path, folder: &File) -> io::Result<()> {
    File::open(partial)?.sync_all()?;
    fs::rename(partial, copy)?;
    folder.sync_all()
}

/// Their names sort by time.
fn prune(folder: &Path, keep: NonZeroUsize) -> io::Result<()> {
    let mut copies = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX)) {
            copies.push(name);
        }
    }
    copies.sort();
    let surplus = copies.len().saturating_sub(keep.get());
    copies.iter().take(surplus).try_for_each(|name| fs::remove_file(folder.join(name)))
}
