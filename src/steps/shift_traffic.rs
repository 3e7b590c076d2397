//! Give the candidate a share of the requests.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    cluster::KeptTargets,
    deployment::{Percent, RevisionName},
    steps::Act,
};

/// Patches traffic and waits until status shows it; stable stays named, at 0 % at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShiftTraffic {
    /// The revision that served before.
    pub stable: RevisionName,
    /// The candidate's share.
    pub percent: Percent,
    /// Tags of others, which stay.
    pub kept: KeptTargets,
    /// How long it may take to show.
    pub deadline: Duration,
}

impl Act for ShiftTraffic {
    const CHANGES_SERVICE: bool = true;

    fn title(&self) -> String {
        format!("Shift traffic to {}", self.percent)
    }
}
