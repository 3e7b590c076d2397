//! The results of requests on the public listener. Counting one is one atomic operation, because
//! anyone can send many.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use strum::{EnumCount, EnumIter, IntoEnumIterator, IntoStaticStr};

/// The kind of endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Endpoint {
    /// A delivery to a webhook.
    Webhook,
    /// The page or the events of a deployment.
    Status,
    /// Any other path.
    Other,
}

/// The result of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum RequestOutcome {
    Accepted,
    /// The same as an earlier one; nothing was done.
    Repeat,
    /// Answered with a dry run.
    DryRun,
    /// A `ping`.
    Ping,
    /// An event that deploys nothing.
    Ignored,
    /// Shown.
    Shown,
    /// 401.
    BadSignature,
    /// 400, 415 or 422: not what can be read or be right.
    Malformed,
    /// 413.
    TooLarge,
    /// 408.
    TooSlow,
    /// 403.
    NotAllowed,
    /// 404 or 405: no such environment, deployment or path.
    NotFound,
    /// 409: the same id for something else, stale, or older than the last.
    Conflict,
    /// 423.
    Locked,
    /// 429: too much waits.
    QueueFull,
    /// 429: too many from one address.
    TooMany,
    /// 500 or 503: boathook could not.
    Unavailable,
}

/// Counts requests since the program started; clones are cheap and share one count.
#[derive(Clone, Debug, Default)]
pub struct Requests(Arc<[[AtomicU64; RequestOutcome::COUNT]; Endpoint::COUNT]>);

impl Requests {
    /// Counts one more.
    pub fn note(&self, asked: Endpoint, became: RequestOutcome) {
        self.0[asked as usize][became as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// The number of requests with each result; expected results are present at 0.
    pub(super) fn counts(&self) -> impl Iterator<Item = (Endpoint, RequestOutcome, u64)> {
        let pairs = Endpoint::iter()
            .flat_map(|asked| RequestOutcome::iter().map(move |became| (asked, became)));
        let counts = pairs.map(|(asked, became)| {
            (asked, became, self.0[asked as usize][became as usize].load(Ordering::Relaxed))
        });
        counts.filter(|(asked, became, count)| *count > 0 || became.is_expected(*asked))
    }
}

impl RequestOutcome {
    /// The results that every source of requests has a count of from its beginning.
    pub(super) const OF_SOURCES: [Self; 4] =
        [Self::Accepted, Self::Repeat, Self::BadSignature, Self::Malformed];

    const fn is_expected(self, of: Endpoint) -> bool {
        match of {
            Endpoint::Webhook => !matches!(self, Self::Shown),
            Endpoint::Status => {
                matches!(self, Self::Shown | Self::NotFound | Self::TooMany | Self::Unavailable)
            }
            Endpoint::Other => matches!(self, Self::NotFound | Self::TooMany),
        }
    }
}
