//! Go back: stable's template under its own name, and all traffic on it, in one patch.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    cluster::{KeptTargets, Template},
    deployment::RevisionName,
    steps::Act,
};

/// Re-adopts stable: Ready on the old revision at once, with no new revision and no cold start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadoptStable {
    /// The revision to go back to.
    pub stable: RevisionName,
    /// The template that names it, built before the first change.
    pub template: Template,
    /// Tags of others, which stay.
    pub kept: KeptTargets,
    /// How long trying may go on.
    pub deadline: Duration,
}

impl Act for ReadoptStable {
    const CHANGES_SERVICE: bool = true;

    fn title(&self) -> String {
        format!("Go back to {}", self.stable)
    }
}
