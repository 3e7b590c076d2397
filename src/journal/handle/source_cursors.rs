//! How far boathook has read the sources that it asks for requests.

use crate::journal::{Journal, StoreError, writer::write::WriteCommand};

impl Journal {
    /// How far a source has been read; none if it never was.
    pub async fn source_cursor(&self, source: &str) -> Result<Option<u64>, StoreError> {
        let source = source.to_owned();
        self.read(move |store| store.source_cursor(&source)).await
    }

    /// Remembers how far a source has been read; returns when that is on disk. It never goes back.
    pub async fn keep_source_cursor(&self, source: &str, position: u64) -> Result<(), StoreError> {
        let source = source.to_owned();
        self.write(|reply| WriteCommand::KeepCursor { source, position, reply }).await
    }
}
