//! An event that cannot follow.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// An event that cannot follow on the state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("event `{event}` cannot follow state `{state}`")]
pub struct IllegalEvent {
    /// The event's name.
    pub event: Cow<'static, str>,
    /// The state's name.
    pub state: Cow<'static, str>,
}

impl IllegalEvent {
    /// By their names.
    #[must_use]
    pub const fn new(event: &'static str, state: &'static str) -> Self {
        Self { event: Cow::Borrowed(event), state: Cow::Borrowed(state) }
    }
}
