//! A token bucket: a burst, and then a steady rate.

use std::time::Duration;

use tokio::time::Instant;

/// The burst.
const BURST: u32 = 60;
/// The interval of the steady rate: 8,640 lines a day.
const EVERY: Duration = Duration::from_secs(10);

/// The tokens left.
#[derive(Debug)]
pub(super) struct Bucket {
    tokens: u32,
    filled: Instant,
}

impl Bucket {
    pub(super) fn full() -> Self {
        Self { tokens: BURST, filled: Instant::now() }
    }

    /// Takes a token, if there is one.
    pub(super) fn take(&mut self) -> bool {
        self.fill();
        let had_one = self.tokens > 0;
        self.tokens = self.tokens.saturating_sub(1);
        had_one
    }

    fn fill(&mut self) {
        let gained = self.filled.elapsed().as_secs() / EVERY.as_secs();
        let gained = u32::try_from(gained).unwrap_or(u32::MAX);
        if self.tokens.saturating_add(gained) >= BURST {
            *self = Self::full();
        } else {
            self.tokens += gained;
            self.filled += EVERY * gained;
        }
    }
}
