//! Growing pauses between attempts at the same thing.
//!
//! The one who pauses waits, and knows when to give up: at a deadline, when it is stopped, or
//! when an answer asks for a longer pause. Therefore this only counts; `backon` would also drive
//! the attempts, and cannot begin at a number of failures that was read from the record. There is no jitter,
//! because no two pauses of one boathook begin at the same time for the same server.

use std::time::Duration;

/// Pauses that double with each failure, up to a longest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    /// No failure yet.
    #[must_use]
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, failures: 0 }
    }

    /// The pause after one more failure.
    pub fn pause(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        self.after(self.failures)
    }

    /// The pause after that many failures.
    #[must_use]
    pub fn after(&self, failures: u32) -> Duration {
        let factor = 2_u32.saturating_pow(failures.saturating_sub(1));
        self.first.saturating_mul(factor).min(self.longest)
    }

    /// It succeeded: the next pause is the first again.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }

    /// The failures so far.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_again_after_a_success() {
        let mut backoff = Backoff::new(SECOND, SECOND * 5);
        let pauses: Vec<_> = (0..5).map(|_| backoff.pause().as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 5, 5]);
        backoff.reset();
        assert_eq!(backoff.pause(), SECOND);
    }

    #[test]
    fn any_number_of_failures_has_a_pause() {
        let backoff = Backoff::new(SECOND, SECOND * 300);
        assert_eq!(backoff.after(0), SECOND);
        assert_eq!(backoff.after(u32::MAX), SECOND * 300);
        assert!(Backoff::new(SECOND, Duration::MAX).after(u32::MAX) > SECOND * 300);
    }
}
