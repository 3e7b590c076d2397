//! One number for all that a side holds: the SHA-256 of its rows, table after table, in order.

use sha2::{Digest as _, Sha256};

use crate::journal::{
    Copied, StoreError,
    store::{
        columns::sequence,
        copy::table::{Piece, TABLES, Table},
        copy_side::Side,
        statement::Value,
    },
};

/// Reads the next rows of a table.
pub(super) fn next(
    side: &mut dyn Side,
    table: &Table,
    after: Value<'static>,
) -> Result<Piece, StoreError> {
    let mut piece = Piece { rows: Vec::new(), after: after.clone() };
    side.find(&table.rows_after(after), &mut |row| table.read(row, &mut piece))?;
    Ok(piece)
}

/// Reads all of a side.
pub(super) fn read_back(side: &mut dyn Side) -> Result<Copied, StoreError> {
    let mut digest = Sha256::new();
    let mut tables = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        field(&mut digest, b't', table.name.as_bytes());
        let mut after = table.start();
        loop {
            let piece = next(side, table, after)?;
            for row in &piece.rows {
                row.iter().for_each(|value| add(&mut digest, value));
            }
            if !table.is_full(&piece) {
                break;
            }
            after = piece.after;
        }
        tables.push((table.name, count(side, table)?));
    }
    let last_sequence = side.last_sequence()?;
    field(&mut digest, b'l', &last_sequence.to_be_bytes());
    Ok(Copied { tables, last_sequence, digest: hex::encode(digest.finalize()) })
}

/// The database's own count, so that a row that no piece had is missed.
fn count(side: &mut dyn Side, table: &Table) -> Result<u64, StoreError> {
    let mut rows = 0;
    side.find(&table.count(), &mut |row| {
        rows = sequence(row, "rows_of_all")?;
        Ok(())
    })?;
    Ok(rows)
}

fn add(digest: &mut Sha256, value: &Value<'_>) {
    match value {
        Value::Null => field(digest, b'n', &[]),
        Value::Integer(number) => field(digest, b'i', &number.to_be_bytes()),
        Value::Flag(flag) => field(digest, b'f', &[u8::from(*flag)]),
        Value::Text(text) => field(digest, b's', text.as_bytes()),
        Value::Bytes(bytes) => field(digest, b'b', bytes),
    }
}

/// With its kind and its length, so that no two lists of values are written alike.
fn field(digest: &mut Sha256, kind: u8, bytes: &[u8]) {
    digest.update([kind]);
    digest.update((bytes.len() as u64).to_be_bytes());
    digest.update(bytes);
}
