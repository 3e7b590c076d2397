//! What the clock of the database says, as far as this process can know without asking.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

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
    /// What it says now at the latest, in microseconds; nothing if it was never asked. Both clocks run
    /// equally fast, but for what no one notices between two answers.
    pub(super) fn at_latest(&self, now: Instant) -> Option<i64> {
        let Reading { asked, said } = (*self.reading())?;
        Some(said.saturating_add(micros(now.saturating_duration_since(asked))))
    }

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
