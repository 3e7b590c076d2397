//! What probing counted.

use serde::{Deserialize, Serialize};

/// Counts and response times of a series of samples.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    /// Questions asked.
    pub samples: u32,
    /// Questions that were not answered well.
    pub failures: u32,
    /// Median response time in milliseconds.
    pub p50_ms: u64,
    /// 95th percentile of response times in milliseconds.
    pub p95_ms: u64,
    /// Longest response time in milliseconds.
    pub max_ms: u64,
    /// Why the last bad sample was bad.
    pub last_failure: Option<String>,
}
