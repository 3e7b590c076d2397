//! How far sources have been read.

use crate::journal::{
    StoreError, StoreReader,
    store::{
        columns::{sequence, text},
        statement::Statement,
        statements,
    },
};

impl dyn StoreReader + '_ {
    /// How far a source has been read, if it ever was.
    pub fn source_cursor(&self, source: &str) -> Result<Option<u64>, StoreError> {
        let statement = Statement::new(statements::SOURCE_CURSOR, [source.into()]);
        self.one("look up how far a source was read", statement, |row| sequence(row, "position"))
    }

    /// The sources of which boathook knows how far they have been read.
    pub fn sources(&self) -> Result<Vec<String>, StoreError> {
        let statement = Statement::new(statements::SOURCES, []);
        self.all("list the sources", statement, |row| text(row, "source").map(str::to_owned))
    }
}
