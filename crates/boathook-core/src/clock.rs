//! The time of day, for records and as people read it (machines get RFC 3339, as `Timestamp` shows
//! itself). Waiting goes through `tokio::time`, never through here.

use jiff::Timestamp;
use tokio::time::Instant;

/// The time of day.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Tokio { start: Timestamp, origin: Instant },
}

/// A point in time for people.
#[must_use]
pub fn date_and_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The same where the day is known.
#[must_use]
pub fn time_of_day(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

/// The time of day for a line that stands alone.
#[must_use]
pub fn time_of_day_utc(at: Timestamp) -> String {
    at.strftime("%H:%M:%SZ").to_string()
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that shows `start` now and then follows tokio's own, so that a test which pauses
    /// tokio's pauses this one.
    #[must_use]
    pub fn following_tokio(start: Timestamp) -> Self {
        Self(Source::Tokio { start, origin: Instant::now() })
    }

    /// The time of day.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self.0 {
            #[expect(
                clippy::disallowed_methods,
                reason = "this is the one place that reads the system clock"
            )]
            Source::System => Timestamp::now(),
            Source::Tokio { start, origin } => {
                start.saturating_add(origin.elapsed()).unwrap_or(Timestamp::MAX)
            }
        }
    }
}
