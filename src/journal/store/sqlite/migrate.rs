//! The format of a journal's file, and how it becomes the newest one.

use rusqlite::{Connection, TransactionBehavior};

use crate::journal::{
    CopyMark,
    store::{
        copy_mark,
        schema::{Format, NEWEST, SQLITE},
        sqlite::query::execute,
    },
};

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
        (APPLICATION, Err(_)) => Format::Marked,
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

/// Makes an empty file a journal that must not be used.
pub(super) fn make_marked(connection: &Connection, as_what: &CopyMark) -> rusqlite::Result<()> {
    let changes = SQLITE.changes(Format::Empty);
    changes.iter().try_for_each(|change| connection.execute_batch(change))?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    mark(connection, as_what)
}

/// Says that a journal of the newest format must not be used.
pub(super) fn mark(connection: &Connection, as_what: &CopyMark) -> rusqlite::Result<()> {
    connection.execute_batch(copy_mark::MAKE)?;
    execute(connection, &as_what.kept())?;
    connection.pragma_update(None, "user_version", -i64::from(NEWEST))
}

/// Says that it may be used.
pub(super) fn unmark(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(copy_mark::DROP)?;
    connection.pragma_update(None, "user_version", NEWEST)
}
