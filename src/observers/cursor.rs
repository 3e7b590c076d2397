//! The position in the journal of who sends something on: after a restart it continues there, loses
//! nothing and repeats little.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use crate::{
    journal::{Journal, StoreError},
    replace_file::replace_file,
};

/// Where the positions of one kind of readers are. A record that was moved takes those in it along,
/// and leaves those in files behind, so the higher one counts.
#[derive(Clone)]
pub struct Cursors {
    /// The record.
    pub journal: Journal,
    /// A folder of small files.
    pub folder: PathBuf,
    /// What readers of this kind are called in the record.
    pub kind: &'static str,
    /// Whether new positions are kept in the record, so that whoever leads next continues there.
    pub in_record: bool,
}

/// The position of one receiver, or of another reader of the journal.
#[derive(Clone)]
pub(super) struct Cursor {
    journal: Journal,
    file: PathBuf,
    reader: String,
    in_record: bool,
}

/// Why a position cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum CursorError {
    #[error(transparent)]
    File(#[from] io::Error),
    #[error(transparent)]
    Record(#[from] StoreError),
}

#[derive(Debug, Serialize, Deserialize)]
struct Place {
    sequence: u64,
}

impl Cursors {
    pub(super) fn of(&self, reader: &str) -> Cursor {
        let Self { journal, folder, kind, in_record } = self;
        Cursor {
            journal: journal.clone(),
            file: folder.join(format!("{reader}.json")),
            reader: format!("{kind}:{reader}"),
            in_record: *in_record,
        }
    }
}

impl Cursor {
    /// The last record that was sent on, or was not wanted; none for a new reader, or where the file
    /// holds something else.
    pub(super) async fn read(&self) -> Result<Option<u64>, CursorError> {
        let in_file = read_file(self.file.clone()).await?;
        Ok(in_file.max(self.journal.source_cursor(&self.reader).await?))
    }

    /// Removes the position; a reader without one is a new one.
    pub(super) async fn remove(&self) -> Result<(), CursorError> {
        remove_file(self.file.clone()).await?;
        match self.journal.source_cursor(&self.reader).await? {
            Some(_) => Ok(self.journal.forget_source(&self.reader).await?),
            None => Ok(()),
        }
    }

    pub(super) async fn write(&self, sequence: u64) -> Result<(), CursorError> {
        if self.in_record {
            return Ok(self.journal.keep_source_cursor(&self.reader, sequence).await?);
        }
        Ok(write_file(self.file.clone(), sequence).await?)
    }
}

async fn read_file(path: PathBuf) -> io::Result<Option<u64>> {
    blocking(move || match fs::read(path) {
        Ok(text) => Ok(serde_json::from_slice(&text).ok().map(|Place { sequence }| sequence)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    })
    .await
}

async fn remove_file(path: PathBuf) -> io::Result<()> {
    blocking(move || match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    })
    .await
}

async fn write_file(path: PathBuf, sequence: u64) -> io::Result<()> {
    blocking(move || {
        fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
        replace_file(&path, &serde_json::to_vec(&Place { sequence })?)
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(io::Error::other("the thread stopped before it was done")))
}
