//! The response times of a series as counts in fixed buckets, which can be added up across series,
//! unlike percentiles.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The bounds in seconds, rising. Records hold counts in this order: another list would need
/// another name in the record.
pub const TIME_BOUNDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The times of a series. Failed samples count too: a time-out is a slow answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// How many answers took no longer than each bound and longer than the one before; the last
    /// number is of those beyond all bounds.
    pub counts: Vec<u64>,
    /// All of them together, in milliseconds.
    pub sum_ms: u64,
}

impl Times {
    /// Counts these.
    pub(super) fn of(latencies: impl IntoIterator<Item = Duration>) -> Self {
        let mut counts = vec![0; TIME_BOUNDS.len() + 1];
        let mut sum = Duration::ZERO;
        for latency in latencies {
            counts[TIME_BOUNDS.partition_point(|bound| *bound < latency.as_secs_f64())] += 1;
            sum = sum.saturating_add(latency);
        }
        Self { counts, sum_ms: u64::try_from(sum.as_millis()).unwrap_or(u64::MAX) }
    }

    /// Counts one more.
    pub(super) fn add(&mut self, latency: Duration) {
        let Self { counts, sum_ms } = Self::of([latency]);
        self.counts.resize(counts.len(), 0);
        self.counts.iter_mut().zip(counts).for_each(|(counted, more)| *counted += more);
        self.sum_ms = self.sum_ms.saturating_add(sum_ms);
    }

    /// Whether nothing was counted, as in records of older builds.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|count| *count == 0)
    }
}
