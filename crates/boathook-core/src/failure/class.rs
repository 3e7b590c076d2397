//! The two kinds of failure.

/// Whether a retry may succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Something is unreachable, busy or slow: worth a retry.
    Transient,
    /// A retry would fail too.
    Permanent,
}

impl Class {
    /// Whether a retry can help.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Transient)
    }
}
