//! How old a request may be.

use std::time::Duration;

use jiff::Timestamp;

use crate::intake::Refusal;

/// For how long a package may be deployed after it was published: as long as GitHub redelivers an
/// event by hand. It does not by itself, and a freeze or a restart outlasts the window of requests.
pub const PACKAGES_FRESH: Duration = Duration::from_secs(3 * 24 * 3600);

/// What the timestamp of a request is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Freshness {
    /// This machine's clock: it was sent just now.
    #[default]
    Now,
    /// The time at which GitHub got it, where boathook fetched it: no delay of our own makes it old.
    AtGitHub(Timestamp),
    /// This machine's clock: it is about a package, and was published within days.
    Package,
}

impl Freshness {
    /// Whether boathook asked GitHub for the request.
    pub(super) const fn is_fetched(self) -> bool {
        matches!(self, Self::AtGitHub(_))
    }

    /// Whether a request of that time may still be taken.
    pub(super) fn check(
        self,
        timestamp: Option<Timestamp>,
        now: Timestamp,
        window: Duration,
    ) -> Result<(), Refusal> {
        let Some(timestamp) = timestamp else { return Ok(()) };
        let (then, clock) = match self {
            Self::AtGitHub(created_at) => (created_at, "GitHub's `created_at`"),
            Self::Now | Self::Package => (now, "this machine's clock"),
        };
        let age = then.duration_since(timestamp);
        let is_ahead = age.is_negative();
        let age = age.unsigned_abs();
        let whole = Duration::from_secs(age.as_secs());
        match self {
            Self::Package if !is_ahead && age > PACKAGES_FRESH => {
                Err(Refusal::PackageOld { age: whole, within: PACKAGES_FRESH })
            }
            Self::Package if !is_ahead => Ok(()),
            _ if age <= window => Ok(()),
            Self::Now | Self::AtGitHub(_) | Self::Package => {
                let direction = if is_ahead { "ahead of" } else { "behind" };
                Err(Refusal::Stale { skew: whole, direction, clock, window })
            }
        }
    }
}
