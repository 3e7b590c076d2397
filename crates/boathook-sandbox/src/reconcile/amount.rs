//! Amounts of memory.

use serde_json::Value;

use crate::admission::nanos;

/// Billionths in a unit.
const NANOS: i128 = 1_000_000_000;

/// A whole number of bytes, rounded up as the API server does.
pub(super) fn bytes(value: &Value) -> Option<i128> {
    nanos(value).map(|nanos| (nanos + NANOS - 1) / NANOS)
}
