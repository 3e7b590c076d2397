//! Samples in figures that can be added up for hours, unlike percentiles.

use serde::{Deserialize, Serialize};

use crate::health::{Judged, Times};

/// How many samples there were, how many of them were bad, and how long the answers took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    #[serde(default)]
    pub samples: u64,
    #[serde(default)]
    pub failures: u64,
    #[serde(default, skip_serializing_if = "Times::is_empty")]
    pub times: Times,
}

impl Figures {
    /// Counts one more.
    pub fn count(&mut self, sample: &Judged) {
        self.samples += 1;
        self.failures += u64::from(sample.failure.is_some());
        self.times.add(sample.latency);
    }
}
