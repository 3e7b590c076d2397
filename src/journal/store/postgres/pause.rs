//! How soon a lost connection is tried again.

use std::time::Duration;

use boathook_core::rate::Backoff;
use tokio::time::Instant;

use crate::journal::PostgresError;

const FIRST: Duration = Duration::from_millis(50);

/// The pause after attempts that failed.
pub(super) struct Pause {
    backoff: Backoff,
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
        Self { backoff: Backoff::new(FIRST, longest), until: None }
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
        self.until = Some((now + self.backoff.pause(), error.clone()));
    }

    /// It succeeded.
    pub(super) fn end(&mut self) {
        self.backoff.reset();
        self.until = None;
    }
}
