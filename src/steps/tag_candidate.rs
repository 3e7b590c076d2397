//! Name the candidate in traffic at 0 %, under boathook's tag, so that it has a URL of its own before any user sees it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{cluster::KeptTargets, deployment::RevisionName, steps::Act};

/// Tags the candidate, and waits until status shows the tag on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TagCandidate {
    /// The revision that serves.
    pub stable: RevisionName,
    /// Tags of others, which stay.
    pub kept: KeptTargets,
    /// How long it may take to show.
    pub deadline: Duration,
}

impl Act for TagCandidate {
    const CHANGES_SERVICE: bool = true;

    fn title(&self) -> String {
        "Tag the new revision, at 0 %".to_owned()
    }
}
