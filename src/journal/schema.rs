//! The stored format: one file in `schema/` for each change of it, applied once and in order.

use rusqlite::{Connection, TransactionBehavior};

/// Says in the file's header that it is a boathook journal (`boat` in ASCII).
const APPLICATION: i32 = 0x626f_6174;

/// Every change of the format, the oldest first; the n-th makes format n.
const CHANGES: [&str; 7] = [
    include_str!("schema/0001_deployments_and_records.sql"),
    include_str!("schema/0002_attempts.sql"),
    include_str!("schema/0003_requested_at.sql"),
    include_str!("schema/0004_locks.sql"),
    include_str!("schema/0005_forgotten.sql"),
    include_str!("schema/0006_promotions.sql"),
    include_str!("schema/0007_lists.sql"),
];

/// What a file turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A journal, or an empty file that can become one.
    Known(usize),
    /// A journal of a later version.
    Newer(u32),
    /// Some other database.
    Foreign,
}

/// The newest format known here.
pub(super) const NEWEST: u32 = CHANGES.len() as u32;

/// Reads which format the file has; changes nothing.
pub(super) fn format(connection: &Connection) -> rusqlite::Result<Format> {
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i32>(0));
    let (application, version) = (number("PRAGMA application_id")?, number("PRAGMA user_version")?);
    let objects = number("SELECT count(*) FROM sqlite_schema")?;
    Ok(match (application, u32::try_from(version)) {
        (0, Ok(0)) if objects == 0 => Format::Known(0),
        (APPLICATION, Ok(version)) if version <= NEWEST => Format::Known(version as usize),
        (APPLICATION, Ok(version)) => Format::Newer(version),
        _ => Format::Foreign,
    })
}

/// Brings a file from format `from` to the newest: all changes or none.
pub(super) fn migrate(connection: &mut Connection, from: usize) -> rusqlite::Result<()> {
    let missing = CHANGES.get(from..).unwrap_or_default();
    if missing.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for change in missing {
        transaction.execute_batch(change)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", NEWEST)?;
    transaction.commit()
}
