//! An operator's approval of a deployment.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who approved it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub at: Timestamp,
    pub by: String,
    /// Their note.
    pub note: Option<String>,
}
