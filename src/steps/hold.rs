//! Stay at a share while probing; bad at any moment goes back at once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    deployment::Percent,
    steps::{Act, Probing},
};

/// Holds a stage for its time, counted from the record, so that a restart does not begin it anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// The candidate's share meanwhile.
    pub percent: Percent,
    /// How long.
    pub duration: Duration,
    /// How much longer, where samples are too few for a verdict.
    pub patience: Duration,
    /// How to ask, and what is well.
    pub probing: Probing,
    /// Whether the service's own URL answered well before the deployment; where it did not, it counts at 100 % only.
    pub was_well: bool,
    /// From one look at service and pods to the next.
    pub look_every: Duration,
}

impl Act for Hold {
    const CHANGES_SERVICE: bool = false;

    fn title(&self) -> String {
        format!("Hold at {} for {} s", self.percent, self.duration.as_secs())
    }
}
