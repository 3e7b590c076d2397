//! The format of a journal's file, and how it becomes the newest one.

use rusqlite::{Connection, TransactionBehavior};

use crate::journal::store::schema::{Format, NEWEST, SQLITE};

/// Says in the file's header that it is a boathook journal (`boat` in ASCII).
const APPLICATION: i32 = 0x626f_6174;

/// Reads which format the file has; changes nothing.
pub(super) fn format(connection: &Connection) -> rusqlite::Result<Format> {
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i32>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    let objects = number("SELECT count(*) FROM sqlite_schema")?;
    Ok(match (application, u32::try_from(version)) {
        (0, Ok(0)) if objects == 0 => Format::Empty,
        (APPLICATION, Ok(version)) => SQLITE.classify(version),
        _ => Format::Foreign,
    })
}

/// Makes an empty file a journal, or brings one of format `from` to the newest: wholly or not at
/// all.
pub(super) fn bring_to_newest(connection: &mut Connection, from: Format) -> rusqlite::Result<()> {
    let changes = SQLITE.changes(from);
    if changes.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    changes.iter().try_for_each(|change| transaction.execute_batch(change))?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", NEWEST)?;
    transaction.commit()
}
