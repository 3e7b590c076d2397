//! The state of a success's watch. It is recorded after the outcome, and does not change it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    clock::date_and_time,
    health::Figures,
    record::{WatchEnd, WatchEvent},
    rollout::Watch,
    state::IllegalEvent,
};

/// A deployment's watch: what its plan says, and how far it is.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchState {
    pub watch: Watch,
    pub progress: WatchProgress,
}

/// How far a watch is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum WatchProgress {
    /// It begins with the success, if there is one.
    Planned,
    Watching {
        until: Timestamp,
    },
    Over {
        at: Timestamp,
        #[serde(flatten)]
        end: WatchEnd,
        samples: u64,
        failures: u64,
    },
}

impl WatchState {
    /// A watch that has not begun.
    #[must_use]
    pub const fn new(watch: Watch) -> Self {
        Self { watch, progress: WatchProgress::Planned }
    }

    /// The watch after one more event. Nothing follows on its end.
    pub(super) fn apply(self, at: Timestamp, event: &WatchEvent) -> Result<Self, IllegalEvent> {
        let progress = match (&self.progress, event) {
            (WatchProgress::Planned, WatchEvent::Watched { until }) => {
                WatchProgress::Watching { until: *until }
            }
            (WatchProgress::Watching { until: _ }, WatchEvent::WatchEnded { end, figures }) => {
                let Figures { samples, failures, times: _ } = *figures;
                WatchProgress::Over { at, end: end.clone(), samples, failures }
            }
            (progress, _) => {
                return Err(IllegalEvent::new(event.into(), progress.name()));
            }
        };
        Ok(Self { progress, ..self })
    }
}

impl WatchProgress {
    /// Until when it goes on; none if it does not go on.
    #[must_use]
    pub const fn until(&self) -> Option<Timestamp> {
        if let Self::Watching { until } = self { Some(*until) } else { None }
    }

    /// How it ended, if it did.
    #[must_use]
    pub const fn end(&self) -> Option<&WatchEnd> {
        if let Self::Over { end, .. } = self { Some(end) } else { None }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Planned => "not watched yet",
            Self::Watching { .. } => "watched",
            Self::Over { .. } => "no longer watched",
        }
    }
}

impl fmt::Display for WatchProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planned => f.write_str("begins after a success"),
            Self::Watching { until } => {
                write!(f, "until {}, clean so far", date_and_time(*until))
            }
            Self::Over { at, end, samples: 0, failures: _ } => {
                write!(f, "{end}; {}", date_and_time(*at))
            }
            Self::Over { at, end, samples, failures } => {
                write!(f, "{end}; {failures} of {samples} probes failed; {}", date_and_time(*at))
            }
        }
    }
}
