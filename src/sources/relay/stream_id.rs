//! The id that gosmee gives an event: a time and a count, which Redis makes.

use std::fmt;

/// Bits of a position that hold the count.
const COUNT_BITS: u32 = 20;
const COUNT_MAX: u64 = (1 << COUNT_BITS) - 1;
/// The latest time that a position holds, some centuries ahead.
const TIME_MAX: u64 = (1 << (63 - COUNT_BITS)) - 1;

/// The id of an event in gosmee's stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StreamId {
    milliseconds: u64,
    count: u64,
}

impl StreamId {
    /// Reads an id, which comes from outside.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| {
            let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if is_plain { text.parse().ok() } else { None }
        };
        let (milliseconds, count) = text.split_once('-')?;
        Some(Self { milliseconds: number(milliseconds)?, count: number(count)? })
    }

    /// The id as one number of the journal. Of events of one millisecond after the millionth, it is that
    /// of the millionth: then some come again.
    pub(super) fn position(self) -> Option<u64> {
        let Self { milliseconds, count } = self;
        (milliseconds <= TIME_MAX).then(|| milliseconds << COUNT_BITS | count.min(COUNT_MAX))
    }

    pub(super) const fn at(position: u64) -> Self {
        Self { milliseconds: position >> COUNT_BITS, count: position & COUNT_MAX }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.milliseconds, self.count)
    }
}
