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
    observers::replace_file::replace_file,
};

/// Where the positions of one kind of readers are.
#[derive(Clone)]
pub enum Cursors {
    /// In small files of this folder.
    Files(PathBuf),
    /// In the record, so that whoever leads next continues there.
    Record {
        /// The record.
        journal: Journal,
        /// What readers of this kind are called there.
        kind: &'static str,
    },
}

/// The position of one receiver, or of another reader of the journal.
#[derive(Clone)]
pub(super) enum Cursor {
    File(PathBuf),
    Record { journal: Journal, reader: String },
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
        match self {
            Self::Files(folder) => Cursor::File(folder.join(format!("{reader}.json"))),
            Self::Record { journal, kind } => {
                Cursor::Record { journal: journal.clone(), reader: format!("{kind}:{reader}") }
            }
        }
    }
}

impl Cursor {
    /// The last record that was sent on, or was not wanted; none for a new reader, or where the file
    /// holds something else.
    pub(super) async fn read(&self) -> Result<Option<u64>, CursorError> {
        match self {
            Self::File(path) => Ok(read_file(path.clone()).await?),
            Self::Record { journal, reader } => Ok(journal.source_cursor(reader).await?),
        }
    }

    /// Removes the position; a reader without one is a new one.
    pub(super) async fn remove(&self) -> Result<(), CursorError> {
        match self {
            Self::File(path) => Ok(remove_file(path.clone()).await?),
            Self::Record { journal, reader } => match journal.source_cursor(reader).await? {
                Some(_) => Ok(journal.forget_source(reader).await?),
                None => Ok(()),
            },
        }
    }

    pub(super) async fn write(&self, sequence: u64) -> Result<(), CursorError> {
        match self {
            Self::File(path) => Ok(write_file(path.clone(), sequence).await?),
            Self::Record { journal, reader } => {
                Ok(journal.keep_source_cursor(reader, sequence).await?)
            }
        }
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
