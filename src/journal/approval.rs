//! An operator's yes to a deployment that waited for it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who said yes, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub at: Timestamp,
    pub by: String,
    /// What they had to say to it.
    pub note: Option<String>,
}
