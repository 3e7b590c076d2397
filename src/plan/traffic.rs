//! How traffic moves from one revision to the next.

use std::{collections::BTreeMap, time::Duration};

use boathook_core::{
    deployment::{Percent, Strategy},
    duration_text,
    fault::Fault,
};
use serde::Deserialize;

/// The stages of each strategy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    /// The tables of stages; each rises and ends at 100.
    pub stages: BTreeMap<Strategy, Vec<Stage>>,
    /// Whether a sender's own `traffic_split` may replace the percentages of a table.
    pub accept_split: bool,
}

/// One stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// The candidate's percentage.
    pub percent: Percent,
    /// How long it is held and probed.
    #[serde(deserialize_with = "duration_text::any")]
    pub hold: Duration,
}

impl Traffic {
    /// What cannot be used of the stages of strategies that senders may name.
    #[must_use]
    pub fn faults(&self, allowed: &[Strategy]) -> Vec<Fault> {
        let stages = |strategy| self.stages.get(strategy).map_or(&[][..], Vec::as_slice);
        let faulty = allowed.iter().filter(|strategy| !rises_to_the_whole(stages(strategy)));
        faulty
            .map(|strategy| {
                Fault::new(
                    format!("stages.{strategy}"),
                    "must have stages whose percentages rise from above 0 to 100",
                )
            })
            .collect()
    }
}

fn rises_to_the_whole(stages: &[Stage]) -> bool {
    stages.is_sorted_by(|one, next| one.percent < next.percent)
        && stages.first().is_some_and(|stage| stage.percent > Percent::ZERO)
        && stages.last().is_some_and(|stage| stage.percent == Percent::FULL)
}
