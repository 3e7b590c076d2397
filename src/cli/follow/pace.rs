//! How long a follower waits for what.

use std::time::Duration;

use boathook_core::rate::Backoff;

/// The times of one follower.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long one answer may take, and the first bytes of a stream.
    pub answer: Duration,
    /// A stream that sends nothing for this long, not even the comment that boathook sends every 15
    /// seconds, is held back by a proxy, or dead.
    pub silence: Duration,
    /// From one poll to the next, while there is no stream.
    pub poll: Duration,
    /// From one read of what a queued deployment waits for to the next.
    pub queue: Duration,
    /// From one attempt at a stream to the next.
    pub reconnect: Backoff,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(10),
            silence: Duration::from_secs(40),
            poll: Duration::from_secs(2),
            queue: Duration::from_secs(10),
            reconnect: Backoff::new(Duration::from_secs(2), Duration::from_secs(30)),
        }
    }
}
