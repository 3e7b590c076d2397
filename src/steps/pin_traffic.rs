//! Leave the candidate alone in traffic: by name, without tag, at 100 %.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{cluster::KeptTargets, steps::Act};

/// Pins all traffic to the candidate and waits until status shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinTraffic {
    /// Tags of others, which stay.
    pub kept: KeptTargets,
    /// How long it may take to show.
    pub deadline: Duration,
}

impl Act for PinTraffic {
    const CHANGES_SERVICE: bool = true;

    fn title(&self) -> String {
        "Pin all traffic to the new revision".to_owned()
    }
}
