//! The position in the journal of who sends something on, in a small file: after a restart it
//! continues there, loses nothing and repeats little.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use crate::observers::replace_file::replace_file;

#[derive(Debug, Serialize, Deserialize)]
struct Place {
    sequence: u64,
}

/// The file of one receiver, or of another reader of the journal.
#[derive(Clone, Debug)]
pub(super) struct Cursor(PathBuf);

impl Cursor {
    pub(super) fn of(directory: &Path, reader: &str) -> Self {
        Self(directory.join(format!("{reader}.json")))
    }

    /// The last record that was sent on, or was not wanted; none for a new reader, or where the file
    /// holds something else.
    pub(super) async fn read(&self) -> io::Result<Option<u64>> {
        let path = self.0.clone();
        blocking(move || match fs::read(path) {
            Ok(text) => Ok(serde_json::from_slice(&text).ok().map(|Place { sequence }| sequence)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    /// Removes the position; a reader without one is a new one.
    pub(super) async fn remove(&self) -> io::Result<()> {
        let path = self.0.clone();
        blocking(move || match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        })
        .await
    }

    pub(super) async fn write(&self, sequence: u64) -> io::Result<()> {
        let path = self.0.clone();
        blocking(move || {
            fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
            replace_file(&path, &serde_json::to_vec(&Place { sequence })?)
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(io::Error::other("the thread stopped before it was done")))
}
