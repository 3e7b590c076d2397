//! What is written into a record that must not be used: it arrives, or it has left.
//!
//! The number of its format is negative then, which no version takes for a journal of its own.

use std::fmt::{self, Display};

use crate::journal::store::{
    columns::{ColumnError, Columns, text},
    statement::Statement,
};

/// Makes room for the mark, in every database.
pub(in crate::journal::store) const MAKE: &str = "DROP TABLE IF EXISTS copy_mark; CREATE TABLE copy_mark (state TEXT NOT NULL, place TEXT NOT NULL)";
/// Takes it away.
pub(in crate::journal::store) const DROP: &str = "DROP TABLE copy_mark";
/// Reads it.
pub(in crate::journal::store) const READ: &str = "SELECT state, place FROM copy_mark";

const KEEP: &str = "INSERT INTO copy_mark (state, place) VALUES (?1, ?2)";

const UNFINISHED: &str = "unfinished";
const MOVED: &str = "moved";

/// Why a record must not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyMark {
    /// It is a copy that was not finished.
    Unfinished {
        /// Where it is copied from.
        from: String,
    },
    /// It was moved.
    Moved {
        /// Where it is now.
        to: String,
    },
}

/// The stored mark is neither.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no state of a copy")]
struct Unknown(String);

impl CopyMark {
    /// What writes it.
    pub(in crate::journal::store) fn kept(&self) -> Statement<'_> {
        match self {
            Self::Unfinished { from } => {
                Statement::new(KEEP, [UNFINISHED.into(), from.as_str().into()])
            }
            Self::Moved { to } => Statement::new(KEEP, [MOVED.into(), to.as_str().into()]),
        }
    }

    /// What a row of it says.
    pub(in crate::journal::store) fn read(row: &dyn Columns) -> Result<Self, ColumnError> {
        let place = text(row, "place")?.to_owned();
        match text(row, "state")? {
            UNFINISHED => Ok(Self::Unfinished { from: place }),
            MOVED => Ok(Self::Moved { to: place }),
            other => Err(ColumnError::new("state", Unknown(other.to_owned()))),
        }
    }
}

/// What an operator has to know, after the place.
impl Display for CopyMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfinished { from } => write!(
                f,
                "is an unfinished copy of {from}; run `boathook journal copy` again, which begins anew"
            ),
            Self::Moved { to } => write!(
                f,
                "is out of date: the record was moved to {to}; state.postgres must name that database, or be left out if it is a file; \
                 `boathook journal copy` brings the record back"
            ),
        }
    }
}
