//! Find the one revision that our change made.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::steps::Act;

/// Waits for the revision that carries this deployment's label, and notes its name and UID.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindRevision {
    /// How long it may take to appear.
    pub deadline: Duration,
}

impl Act for FindRevision {
    const CHANGES_SERVICE: bool = false;

    fn title(&self) -> String {
        "Find the new revision".to_owned()
    }
}
