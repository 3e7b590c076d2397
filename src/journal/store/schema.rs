//! The stored format: what a new journal is made with, and how one of a format before becomes one of
//! this.

use rusqlite::{Connection, TransactionBehavior};

/// Says in the file's header that it is a boathook journal (`boat` in ASCII).
const APPLICATION: i32 = 0x626f_6174;

/// The format of this boathook.
pub(super) const NEWEST: u32 = 12;
/// The oldest format that can be read; older ones were never released.
const OLDEST: u32 = 7;

const NEW: &str = include_str!("schema/schema.sql");
/// What makes each format the next one.
const CHANGES: [&str; 5] = [
    include_str!("schema/from_7.sql"),
    include_str!("schema/from_8.sql"),
    include_str!("schema/from_9.sql"),
    include_str!("schema/from_10.sql"),
    include_str!("schema/from_11.sql"),
];

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A file without anything, which becomes a journal.
    Empty,
    /// A journal of this format, or of one before that can be read.
    Known(u32),
    /// A journal of a build before the first release.
    Older(u32),
    /// A journal of a later version.
    Newer(u32),
    /// Some other database.
    Foreign,
}

/// Reads which format the file has; changes nothing.
pub(in crate::journal) fn format(connection: &Connection) -> rusqlite::Result<Format> {
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i32>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    let objects = number("SELECT count(*) FROM sqlite_schema")?;
    Ok(match (application, u32::try_from(version)) {
        (0, Ok(0)) if objects == 0 => Format::Empty,
        (APPLICATION, Ok(version @ OLDEST..=NEWEST)) => Format::Known(version),
        (APPLICATION, Ok(version)) if version < OLDEST => Format::Older(version),
        (APPLICATION, Ok(version)) => Format::Newer(version),
        _ => Format::Foreign,
    })
}

/// Makes an empty file a journal, or brings one of format `from` to the newest: wholly or not at
/// all.
pub(super) fn bring_to_newest(connection: &mut Connection, from: Format) -> rusqlite::Result<()> {
    let changes = match from {
        Format::Empty => &[NEW][..],
        Format::Known(found) => CHANGES.get((found - OLDEST) as usize..).unwrap_or_default(),
        Format::Older(_) | Format::Newer(_) | Format::Foreign => &[],
    };
    if changes.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    changes.iter().try_for_each(|change| transaction.execute_batch(change))?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", NEWEST)?;
    transaction.commit()
}
