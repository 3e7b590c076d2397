//! How long each of many things took.

use std::time::Duration;

use serde_json::{Value, json};

/// Every single time, so that percentiles are exact.
#[derive(Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    pub fn note(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub fn add(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Nearest-rank percentiles in milliseconds, over all that was noted in so long.
    pub fn over(mut self, elapsed: Duration) -> Value {
        self.0.sort_unstable();
        let count = self.0.len();
        let rank = |percent: usize| {
            let place = (count * percent).div_ceil(100).max(1) - 1;
            self.0.get(place).map_or(f64::NAN, |took| took.as_secs_f64() * 1e3)
        };
        json!({
            "count": count,
            "seconds": elapsed.as_secs_f64(),
            "per_second": count as f64 / elapsed.as_secs_f64(),
            "p50_ms": rank(50),
            "p99_ms": rank(99),
            "max_ms": rank(100),
        })
    }
}
