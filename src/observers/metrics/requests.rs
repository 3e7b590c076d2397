//! The results of requests on the public listener. Counting one is one atomic operation, because
//! anyone can send many.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use boathook_core::deployment::RequestOutcome;
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
        counts.filter(|(asked, became, count)| *count > 0 || is_expected(*became, *asked))
    }
}

/// The results that every source of requests has a count of from its beginning.
pub(super) const OF_SOURCES: [RequestOutcome; 4] = [
    RequestOutcome::Accepted,
    RequestOutcome::Repeat,
    RequestOutcome::BadSignature,
    RequestOutcome::Malformed,
];

/// Whether an endpoint has a count of this result from the start.
const fn is_expected(became: RequestOutcome, of: Endpoint) -> bool {
    match of {
        Endpoint::Webhook => !matches!(became, RequestOutcome::Shown),
        Endpoint::Status => matches!(
            became,
            RequestOutcome::Shown
                | RequestOutcome::NotFound
                | RequestOutcome::TooMany
                | RequestOutcome::Unavailable
        ),
        Endpoint::Other => matches!(became, RequestOutcome::NotFound | RequestOutcome::TooMany),
    }
}
