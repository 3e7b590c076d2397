//! Protection against replayed requests.

use std::time::Duration;

use boathook_core::{duration_text, fault::Fault};
use serde::Deserialize;

/// A request can be sent from a window before its timestamp until a window after it, and its
/// identity is kept for a day at least.
const WINDOW_MAX: Duration = Duration::from_secs(12 * 60 * 60);

/// Protection against replayed requests.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// How far a request's timestamp may lie from now, before or after.
    #[serde(deserialize_with = "duration_text::positive")]
    pub window: Duration,
}

impl Replay {
    pub(super) fn faults(&self) -> Vec<Fault> {
        let Self { window } = self;
        Fault::of([(
            *window <= WINDOW_MAX,
            "window",
            "must be at most 12h: a request that may still be sent must not be pruned, and `keep_days: 1` is a day",
        )])
    }
}
