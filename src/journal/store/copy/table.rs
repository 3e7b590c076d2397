//! The tables of a record, as every store has them, and how they are read and written in pieces.

use std::borrow::Cow;

use crate::journal::store::{
    columns::{ColumnError, Columns, integer, text},
    statement::{Statement, Value},
};

use self::Kind::{Bytes, Flag, Number, Text};

/// A table, in the order of one column that no two rows share.
pub(super) struct Table {
    pub(super) name: &'static str,
    order: (&'static str, Kind),
    /// What is copied. A column that only holds the order in which rows came is numbered anew.
    pub(super) columns: &'static [(&'static str, Kind)],
    /// How many rows are read and written at once: so few that they need no more than some megabytes,
    /// and a bundle may be that large.
    at_once: u32,
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Text,
    Flag,
    Bytes,
}

/// The order in which rows came.
const AS_THEY_CAME: (&str, Kind) = ("rowid", Number);

/// All tables. A test compares them with what a new record has.
pub(super) static TABLES: [Table; 9] = [
    Table {
        name: "deployments",
        order: ("accepted_seq", Number),
        columns: &[
            ("id", Text),
            ("environment", Text),
            ("namespace", Text),
            ("service", Text),
            ("deployment_id", Text),
            ("attempt", Number),
            ("image", Text),
            ("status", Text),
            ("reason", Text),
            ("token", Text),
            ("has_timestamp", Flag),
            ("accepted_seq", Number),
            ("accepted_at", Text),
            ("changed_at", Text),
            ("ended_at", Text),
            ("serves_revision", Text),
            ("serves_image", Text),
            ("served_seq", Number),
            ("requested_at", Number),
            ("pruned", Flag),
            ("awaits_promotion", Flag),
            ("watched", Flag),
            ("unacknowledged", Flag),
            ("signed_by", Text),
            ("bundle", Text),
        ],
        at_once: 500,
    },
    Table {
        name: "records",
        order: ("sequence", Number),
        columns: &[("sequence", Number), ("deployment", Text), ("at", Text), ("event", Text)],
        at_once: 500,
    },
    Table {
        name: "locks",
        order: AS_THEY_CAME,
        columns: &[("id", Text), ("lock", Text)],
        at_once: 500,
    },
    Table {
        name: "withdrawals",
        order: AS_THEY_CAME,
        columns: &[("digest", Text), ("withdrawal", Text)],
        at_once: 500,
    },
    Table {
        name: "service_holds",
        order: AS_THEY_CAME,
        columns: &[("id", Text), ("hold", Text)],
        at_once: 500,
    },
    Table {
        name: "service_facts",
        order: ("sequence", Number),
        columns: &[
            ("digest", Text),
            ("environment", Text),
            ("namespace", Text),
            ("service", Text),
            ("at", Text),
            ("what", Text),
            ("until", Text),
            ("bundle", Text),
        ],
        at_once: 500,
    },
    Table {
        name: "github_deployments",
        order: AS_THEY_CAME,
        columns: &[("deployment", Text), ("repository", Text), ("number", Number), ("told", Flag)],
        at_once: 500,
    },
    Table {
        name: "source_cursors",
        order: ("source", Text),
        columns: &[("source", Text), ("position", Number)],
        at_once: 500,
    },
    Table {
        name: "bundles",
        order: ("digest", Text),
        columns: &[("digest", Text), ("packed", Bytes)],
        at_once: 1,
    },
];

/// What is copied, as `table.column`.
pub fn copied_columns() -> impl Iterator<Item = String> {
    let columns = |table: &'static Table| {
        table.columns.iter().map(|(column, _)| format!("{}.{column}", table.name))
    };
    TABLES.iter().flat_map(columns)
}

/// Some rows, one after another, and where the next ones begin.
pub(super) struct Piece {
    pub(super) rows: Vec<Vec<Value<'static>>>,
    pub(super) after: Value<'static>,
}

impl Table {
    /// What comes before every row.
    pub(super) fn start(&self) -> Value<'static> {
        match self.order.1 {
            Number => Value::Integer(i64::MIN),
            Text | Flag | Bytes => "".into(),
        }
    }

    /// The rows after that one, as many as are read at once.
    pub(super) fn rows_after(&self, after: Value<'static>) -> Statement<'static> {
        let (order, _) = self.order;
        let columns = self.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "SELECT {order} AS place, {columns} FROM {} WHERE {order} > ?1 ORDER BY {order} LIMIT ?2",
            self.name
        );
        Statement {
            sql: sql.into(),
            values: vec![after, self.at_once.into()],
            must_change_one: false,
        }
    }

    pub(super) fn is_full(&self, piece: &Piece) -> bool {
        piece.rows.len() >= self.at_once as usize
    }

    /// How many rows there are.
    pub(super) fn count(&self) -> Statement<'static> {
        let sql = format!("SELECT count(*) AS rows_of_all FROM {}", self.name);
        Statement { sql: sql.into(), values: Vec::new(), must_change_one: false }
    }

    /// Puts a row that was found at the end of the piece.
    pub(super) fn read(&self, row: &dyn Columns, piece: &mut Piece) -> Result<(), ColumnError> {
        piece.after = match self.order.1 {
            Number => Value::Integer(integer(row, "place")?),
            Text | Flag | Bytes => text(row, "place")?.to_owned().into(),
        };
        let values = self.columns.iter().map(|(name, kind)| value(row, name, *kind));
        piece.rows.push(values.collect::<Result<_, _>>()?);
        Ok(())
    }

    /// What writes these rows.
    pub(super) fn keep(&self, rows: Vec<Vec<Value<'static>>>) -> Statement<'static> {
        let width = self.columns.len();
        let of_row = |row: usize| {
            let numbers = (1..=width).map(|column| format!("?{}", row * width + column));
            format!("({})", numbers.collect::<Vec<_>>().join(", "))
        };
        let columns = self.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let places = (0..rows.len()).map(of_row).collect::<Vec<_>>().join(", ");
        let sql = format!("INSERT INTO {} ({columns}) VALUES {places}", self.name);
        Statement {
            sql: sql.into(),
            values: rows.into_iter().flatten().collect(),
            must_change_one: false,
        }
    }
}

fn value(row: &dyn Columns, name: &str, kind: Kind) -> Result<Value<'static>, ColumnError> {
    Ok(match kind {
        Number => row.integer(name)?.map_or(Value::Null, Value::Integer),
        Text => row.text(name)?.map(str::to_owned).into(),
        Flag => row.flag(name)?.into(),
        Bytes => {
            row.bytes(name)?.map_or(Value::Null, |bytes| Value::Bytes(Cow::Owned(bytes.to_vec())))
        }
    })
}
