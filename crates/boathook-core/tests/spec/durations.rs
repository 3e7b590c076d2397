//! Durations as text, and as what journals hold.

use std::time::Duration;

use boathook_core::duration_text::{any, positive};
use serde_json::json;

#[test]
fn what_records_hold_of_a_duration_has_the_limits_of_its_text() {
    let read = |secs: u64, nanos: u64| positive(json!({"secs": secs, "nanos": nanos})).ok();
    assert_eq!(read(1, 500_000_000), Some(Duration::from_millis(1500)));
    assert_eq!(read(0, 0), None, "a duration that has to be longer than 0");
    assert_eq!(read(u64::MAX, 0), None);
    assert_eq!(read(1, 1_000_000_000), None, "more nanoseconds than a second has");
    assert_eq!(any(json!({"secs": 0, "nanos": 0})).ok(), Some(Duration::ZERO));
}
