//! What the clock of the database says, as far as this process can know without asking.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// By how much the clock may be ahead of what it should say at the latest. Two clocks that run by
/// themselves drift apart by far less between two answers, and a lease may end earlier by that much.
const TOLERANCE: Duration = Duration::from_millis(500);

/// The last answer of the database's clock.
#[derive(Default)]
pub(super) struct DatabaseClock(Mutex<Option<Reading>>);

#[derive(Clone, Copy)]
struct Reading {
    /// When it was asked, by the clock of this process.
    asked: Instant,
    /// What it said then or later, in microseconds.
    said: i64,
}

impl DatabaseClock {
    /// What it says now at the latest, in microseconds, unless it has stepped ahead since it was asked or
    /// this machine was suspended; nothing if it was never asked.
    pub(super) fn at_latest(&self, now: Instant) -> Option<i64> {
        let Reading { asked, said } = (*self.reading())?;
        Some(said.saturating_add(micros(now.saturating_duration_since(asked))))
    }

    /// Whether it cannot have said that by now, had neither of those happened.
    pub(super) fn is_past(&self, said: i64, now: Instant) -> bool {
        self.at_latest(now).is_some_and(|latest| said.saturating_sub(latest) > micros(TOLERANCE))
    }

    /// Keeps what it said, unless it was asked later already.
    pub(super) fn note(&self, asked: Instant, said: i64) {
        let mut reading = self.reading();
        if reading.is_none_or(|last| last.asked < asked) {
            *reading = Some(Reading { asked, said });
        }
    }

    fn reading(&self) -> MutexGuard<'_, Option<Reading>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn after(begun: Instant, seconds: u64) -> Instant {
        begun + Duration::from_secs(seconds)
    }

    #[test]
    fn nothing_is_known_of_a_clock_that_was_never_asked() {
        let clock = DatabaseClock::default();
        assert_eq!(clock.at_latest(Instant::now()), None);
        assert!(!clock.is_past(i64::MAX, Instant::now()));
    }

    #[test]
    fn it_says_at_the_latest_what_it_said_and_the_time_since_it_was_asked() {
        let clock = DatabaseClock::default();
        let begun = Instant::now();
        clock.note(begun, 100 * SECOND);
        assert_eq!(clock.at_latest(after(begun, 3)), Some(103 * SECOND));
    }

    #[test]
    fn an_earlier_answer_does_not_take_the_place_of_a_later_one() {
        let clock = DatabaseClock::default();
        let begun = Instant::now();
        clock.note(after(begun, 2), 102 * SECOND);
        clock.note(begun, 108 * SECOND);
        assert_eq!(clock.at_latest(after(begun, 2)), Some(102 * SECOND));
    }

    #[test]
    fn a_step_ahead_is_noticed_and_drift_is_not() {
        let clock = DatabaseClock::default();
        let begun = Instant::now();
        clock.note(begun, 100 * SECOND);
        assert!(!clock.is_past(103 * SECOND + SECOND / 1000, after(begun, 3)));
        assert!(clock.is_past(108 * SECOND, after(begun, 3)));
        assert!(!clock.is_past(95 * SECOND, after(begun, 3)), "a step back shortens no lease");
    }
}
