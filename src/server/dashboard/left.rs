//! The time left until an instant: as text here, and counted down by the script.

use jiff::{SignedDuration, Timestamp};

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// The time left.
pub struct Left {
    pub ends: Timestamp,
    now: Timestamp,
    /// The text once it is over.
    pub over: &'static str,
}

impl Left {
    pub const fn until(ends: Timestamp, now: Timestamp, over: &'static str) -> Self {
        Self { ends, now, over }
    }

    /// Whole seconds; 0 once it is over.
    pub fn seconds(&self) -> i64 {
        self.ends.duration_since(self.now).max(SignedDuration::ZERO).as_secs()
    }

    /// Short text in a suitable unit; `live.js` has the same.
    pub fn words(&self) -> String {
        let left = self.seconds();
        let (unit, name) = match left {
            ..=0 => return self.over.to_owned(),
            1..=599 => (1, "s"),
            600..=10_799 => (MINUTE, "min"),
            10_800..=172_799 => (HOUR, "h"),
            172_800.. => (DAY, "days"),
        };
        format!("{} {name} left", (left + unit - 1) / unit)
    }
}
