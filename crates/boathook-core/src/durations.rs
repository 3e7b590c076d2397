//! How often something took how long: counts under fixed bounds, and never the single durations. It
//! measures nothing itself.

use std::time::Duration;

/// Durations, counted under bounds.
#[derive(Clone, Debug)]
pub struct Durations {
    bounds: &'static [f64],
    /// One for each bound, and one for what is longer than all of them.
    counts: Vec<u64>,
    sum: Duration,
}

impl Durations {
    /// None yet; `bounds` are in seconds, rising.
    #[must_use]
    pub fn under(bounds: &'static [f64]) -> Self {
        Self { bounds, counts: vec![0; bounds.len() + 1], sum: Duration::ZERO }
    }

    /// Counts one more.
    pub fn note(&mut self, duration: Duration) {
        let place = self.bounds.partition_point(|bound| *bound < duration.as_secs_f64());
        self.counts[place] += 1;
        self.sum = self.sum.saturating_add(duration);
    }

    /// Counts so many more under each bound, which took `sum` together; nothing if they were
    /// counted under other bounds.
    pub fn add(&mut self, counts: &[u64], sum: Duration) {
        if counts.len() == self.counts.len() {
            self.counts
                .iter_mut()
                .zip(counts)
                .for_each(|(counted, more)| *counted = counted.saturating_add(*more));
            self.sum = self.sum.saturating_add(sum);
        }
    }

    /// Each bound in seconds, the last one infinite, with how many took no longer but longer than
    /// the bound before.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, u64)> {
        self.bounds.iter().copied().chain([f64::INFINITY]).zip(self.counts.iter().copied())
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All of them together.
    #[must_use]
    pub const fn sum(&self) -> Duration {
        self.sum
    }
}
