//! How far boathook has read the sources that it asks for requests.

use crate::journal::{Journal, StoreError, writer::commands::KeepCursor};

impl Journal {
    /// How far a source has been read; none if it never was.
    pub async fn source_cursor(&self, source: &str) -> Result<Option<u64>, StoreError> {
        let source = source.to_owned();
        self.read(move |store| store.source_cursor(&source)).await
    }

    /// Remembers how far a source has been read; returns when that is on disk. It never goes back.
    pub async fn keep_source_cursor(&self, source: &str, position: u64) -> Result<(), StoreError> {
        self.note_cursor(source.to_owned(), Some(position)).await
    }

    /// The sources of which it is known how far they have been read.
    pub async fn sources(&self) -> Result<Vec<String>, StoreError> {
        self.read(|store| store.sources()).await
    }

    /// Forgets how far a source has been read; returns when that is on disk.
    pub async fn forget_source(&self, source: &str) -> Result<(), StoreError> {
        self.note_cursor(source.to_owned(), None).await
    }

    async fn note_cursor(&self, source: String, position: Option<u64>) -> Result<(), StoreError> {
        self.write_here(KeepCursor { source, position }).await
    }
}
