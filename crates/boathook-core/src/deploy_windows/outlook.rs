//! What is said of an environment's windows: whether deployments may begin now, and when next.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A time in which deployments may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    pub from: Timestamp,
    /// When it is over; none if no end is in sight.
    pub until: Option<Timestamp>,
}

/// Whether deployments may begin at a moment, and when next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    pub is_open: bool,
    /// When that changes; none if no change is in sight.
    pub until: Option<Timestamp>,
    /// The openings after that moment, the next one first.
    pub openings: Vec<Opening>,
}
