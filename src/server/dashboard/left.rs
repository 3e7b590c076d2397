//! The time left until an instant: as text here, and counted down by the script.

use jiff::{SignedDuration, Timestamp};

use crate::server::html::time;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The time left; `over` is the text once it is over.
pub fn left(ends: Timestamp, now: Timestamp, over: &str) -> String {
    let until = time(ends);
    let words = in_words(seconds(ends, now)).unwrap_or_else(|| over.to_owned());
    format!(
        "<time datetime=\"{ends}\" data-ends=\"{ends}\" data-over=\"{over}\" title=\"Until {until}\">{words}</time>"
    )
}

/// Whole seconds; 0 once it is over.
pub fn seconds(ends: Timestamp, now: Timestamp) -> i64 {
    ends.duration_since(now).max(SignedDuration::ZERO).as_secs()
}

/// Short text in a suitable unit; `live.js` has the same.
fn in_words(left: i64) -> Option<String> {
    let (unit, name) = match left {
        ..=0 => return None,
        1..=599 => (1, "s"),
        600..=10_799 => (MINUTE, "min"),
        10_800..=172_799 => (HOUR, "h"),
        172_800.. => (DAY, "days"),
    };
    Some(format!("{} {name} left", (left + unit - 1) / unit))
}
