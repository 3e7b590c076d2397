//! A scalar's value, once its meaning is known.

/// A scalar's value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Resolved {
    Null,
    Bool(bool),
    Integer(i64),
    /// A whole number that is too large for a signed one; kubectl keeps its nearest float.
    Unsigned(u64),
    Float(f64),
    Text(String),
}
