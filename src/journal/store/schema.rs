//! The stored format: what a new journal is made with, and how one of a format before becomes one of
//! this. There is one row of formats for all stores; a format that is added brings what makes it, in
//! the SQL of each.

/// The format of this boathook.
pub(super) const NEWEST: u32 = 13;

/// The formats in SQLite; those before were never released.
pub(super) const SQLITE: Formats = Formats {
    new: include_str!("schema/sqlite.sql"),
    oldest: 7,
    changes: &[
        include_str!("schema/from_7.sql"),
        include_str!("schema/from_8.sql"),
        include_str!("schema/from_9.sql"),
        include_str!("schema/from_10.sql"),
        include_str!("schema/from_11.sql"),
        FROM_12,
    ],
};

/// The formats in PostgreSQL, where the first was 12.
pub(super) const POSTGRES: Formats =
    Formats { new: include_str!("schema/postgres.sql"), oldest: 12, changes: &[FROM_12] };

/// The same for both: it changes no table.
const FROM_12: &str = include_str!("schema/from_12.sql");

const _: () = assert!(SQLITE.lead_to(NEWEST) && POSTGRES.lead_to(NEWEST));

/// How one kind of database has the formats.
pub(super) struct Formats {
    /// Makes a journal of the newest one.
    new: &'static str,
    /// The oldest that can be read.
    oldest: u32,
    /// What makes each the next one, from the oldest on.
    changes: &'static [&'static str],
}

/// The kind of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Nothing is in it; it becomes a journal.
    Empty,
    /// A journal of this format, or of one before that can be read.
    Known(u32),
    /// A journal of a build before the first release.
    Older(u32),
    /// A journal of a later version.
    Newer(u32),
    /// A journal that must not be used: the number of its format is negative.
    Marked,
    /// Some other database.
    Foreign,
}

impl Formats {
    const fn lead_to(&self, newest: u32) -> bool {
        self.oldest as usize + self.changes.len() == newest as usize
    }

    /// What a journal of that format is.
    pub(super) const fn classify(&self, format: u32) -> Format {
        if format > NEWEST {
            Format::Newer(format)
        } else if format < self.oldest {
            Format::Older(format)
        } else {
            Format::Known(format)
        }
    }

    /// What makes a journal of the newest format out of one of that, in order.
    pub(super) fn changes(&self, from: Format) -> &[&'static str] {
        match from {
            Format::Empty => std::slice::from_ref(&self.new),
            Format::Known(found) => {
                self.changes.get((found - self.oldest) as usize..).unwrap_or_default()
            }
            Format::Older(_) | Format::Newer(_) | Format::Marked | Format::Foreign => &[],
        }
    }
}
