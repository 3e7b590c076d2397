//! A statement with its values, in the SQL that all stores share: SQLite's, as far as PostgreSQL reads
//! it too, with `?1` for a value, `instr`, and texts compared by their bytes. What PostgreSQL spells
//! differently is in `postgres::dialect`.

use std::borrow::Cow;

use jiff::Timestamp;

/// A statement whose values are `?1`, `?2` and so on.
#[derive(Clone, Debug)]
pub struct Statement<'a> {
    pub(in crate::journal) sql: Cow<'static, str>,
    pub(in crate::journal) values: Vec<Value<'a>>,
    /// Whether its transaction is kept only if it changes one row.
    pub(super) must_change_one: bool,
}

impl<'a> Statement<'a> {
    pub(super) fn new<const N: usize>(sql: &'static str, values: [Value<'a>; N]) -> Self {
        Self { sql: Cow::Borrowed(sql), values: Vec::from(values), must_change_one: false }
    }

    /// The same where its transaction is kept only if it changes one row.
    pub(super) fn changing_one(self) -> Self {
        Self { must_change_one: true, ..self }
    }
}

/// A value bound to a statement.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    Null,
    Integer(i64),
    Flag(bool),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

/// A sequence as databases store numbers; none exceeds their range.
pub(in crate::journal) fn stored(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<u64> for Value<'_> {
    fn from(sequence: u64) -> Self {
        Self::Integer(stored(sequence))
    }
}

impl From<u32> for Value<'_> {
    fn from(count: u32) -> Self {
        Self::Integer(i64::from(count))
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(at: Timestamp) -> Self {
        Self::from(at.to_string())
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The least text of any time in this second or later; a fraction sorts before the `Z` of a whole
/// second.
pub(super) fn from_second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}
