//! Statistics of the journal's commits: how long each took, and how many failed.

use std::time::Duration;

use boathook_core::durations::Durations;

/// The histogram's buckets in seconds: an fsync takes milliseconds, and a failing disk takes
/// seconds.
const BOUNDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Commits since the program started.
#[derive(Clone, Debug)]
pub struct Commits {
    /// The durations of successful commits.
    pub durations: Durations,
    /// The number of failed commits.
    pub failed: u64,
}

impl Default for Commits {
    fn default() -> Self {
        Self { durations: Durations::under(BOUNDS), failed: 0 }
    }
}

impl Commits {
    pub(in crate::journal) fn note(&mut self, duration: Duration, written: bool) {
        if written { self.durations.note(duration) } else { self.failed += 1 }
    }
}
