//! How soon a lost connection is tried again.

use std::time::Duration;

use tokio::time::Instant;

use crate::journal::PostgresError;

const FIRST: Duration = Duration::from_millis(50);

/// The pause after attempts that failed.
pub(super) struct Pause {
    longest: Duration,
    failed: u32,
    until: Option<(Instant, PostgresError)>,
}

impl Default for Pause {
    fn default() -> Self {
        Self::up_to(Duration::from_secs(5))
    }
}

impl Pause {
    /// Pauses of that length at most.
    pub(super) const fn up_to(longest: Duration) -> Self {
        Self { longest, failed: 0, until: None }
    }

    /// Why there is no attempt now, if there is none.
    pub(super) fn refusal(&self, now: Instant) -> Option<PostgresError> {
        self.until.as_ref().filter(|(until, _)| now < *until).map(|(_, error)| error.clone())
    }

    /// How long the next attempt is away.
    pub(super) fn left(&self, now: Instant) -> Duration {
        self.until.as_ref().map_or(Duration::ZERO, |(until, _)| *until - now)
    }

    /// An attempt failed.
    pub(super) fn note_failure(&mut self, now: Instant, error: &PostgresError) {
        let pause = FIRST.saturating_mul(1 << self.failed.min(10)).min(self.longest);
        self.failed = self.failed.saturating_add(1);
        self.until = Some((now + pause, error.clone()));
    }

    /// It succeeded.
    pub(super) fn end(&mut self) {
        *self = Self::up_to(self.longest);
    }
}
