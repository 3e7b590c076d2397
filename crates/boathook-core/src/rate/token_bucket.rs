//! A token bucket: a burst, and then a steady rate.
//!
//! It is one point in time, the one at which it is full again. `governor` does the same with a clock of its own
//! that tokio cannot pause, and with a map of sources that has no limit.

use std::time::Duration;

use tokio::time::Instant;

/// How fast a bucket fills, and how much it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The time in which it gains one token.
    pub every: Duration,
    /// The tokens of a full bucket.
    pub burst: u32,
}

/// The tokens left at some rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenBucket {
    full_at: Instant,
}

impl TokenBucket {
    /// A full bucket.
    #[must_use]
    pub fn full() -> Self {
        Self { full_at: Instant::now() }
    }

    /// Takes a token, or returns how long it takes until there is one.
    pub fn take(&mut self, rate: Rate) -> Result<(), Duration> {
        let now = Instant::now();
        let full_at = self.full_at.max(now) + rate.every;
        match (full_at - now).checked_sub(rate.every * rate.burst) {
            Some(wait) if !wait.is_zero() => Err(wait),
            Some(_) | None => {
                self.full_at = full_at;
                Ok(())
            }
        }
    }
}
