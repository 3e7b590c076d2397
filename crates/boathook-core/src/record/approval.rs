//! An operator's approval of a deployment.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{deployment::Actor, record::stored_actor};

/// Who approved it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub at: Timestamp,
    #[serde(flatten, with = "stored_actor")]
    pub by: Actor,
}
