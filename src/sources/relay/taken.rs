//! What came of an event.

/// What came of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is accepted or refused, or none of boathook's business.
    Settled,
    /// boathook cannot accept anything now, and the relay keeps the event.
    NotNow,
}
