//! The two kinds of failure.

/// Whether the same may work a little later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Somebody is away, busy or slow: worth trying again.
    Transient,
    /// It would be refused again.
    Permanent,
}

impl Class {
    /// Whether trying again can help.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Transient)
    }
}
