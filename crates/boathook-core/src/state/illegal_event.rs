//! An event that cannot follow.

/// An event that cannot follow on the state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event `{event}` cannot follow state `{state}`")]
pub struct IllegalEvent {
    /// The event's name.
    pub event: &'static str,
    /// The state's name.
    pub state: &'static str,
}
