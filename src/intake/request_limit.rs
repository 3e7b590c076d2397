//! The rate limit of requests by source, per minute. It is checked before a request is read, so it
//! knows only the address.
//!
//! Each source has a bucket of tokens. The number of sources has a limit too: beyond it, the oldest
//! source is dropped, which only fills its bucket.

use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use boathook_core::rate::{Rate, TokenBucket};

/// The maximum number of sources, about a megabyte.
const SOURCES_MAX: usize = 8192;
/// A bucket fills in this time, and a full one may be emptied at once.
const MINUTE: Duration = Duration::from_secs(60);
/// An IPv6 sender has a whole /64.
const HOST_BITS: u32 = 64;

/// Kinds of requests with separate buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Health checks, so that a monitor and a sender behind one address do not use up each other's
    /// tokens.
    Health,
    /// Everything else.
    Other,
}

/// The buckets of all sources.
#[derive(Debug)]
pub struct RequestLimit {
    rate: Rate,
    buckets: Mutex<Buckets>,
}

type Source = (Option<IpAddr>, Counted);

#[derive(Debug, Default)]
struct Buckets {
    of_sources: HashMap<Source, TokenBucket>,
    order: VecDeque<Source>,
}

impl RequestLimit {
    /// The number of requests per minute, at least one.
    #[must_use]
    pub fn per_minute(requests: u32) -> Self {
        let burst = requests.max(1);
        Self { rate: Rate { every: MINUTE / burst, burst }, buckets: Mutex::default() }
    }

    /// Takes a token for one request, or returns how long to wait. Requests from unknown addresses
    /// share one source.
    pub fn take(&self, source: Option<IpAddr>, counted: Counted) -> Result<(), Duration> {
        // A bucket is replaced as a whole, so it stays usable after a panic elsewhere.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.of((source.map(network), counted)).take(self.rate)
    }
}

impl Buckets {
    fn of(&mut self, source: Source) -> &mut TokenBucket {
        if !self.of_sources.contains_key(&source) {
            if self.order.len() >= SOURCES_MAX
                && let Some(oldest) = self.order.pop_front()
            {
                self.of_sources.remove(&oldest);
            }
            self.order.push_back(source);
        }
        self.of_sources.entry(source).or_insert_with(TokenBucket::full)
    }
}

/// The address, or of IPv6 the network that one sender has.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> HOST_BITS << HOST_BITS))
        }
        address @ IpAddr::V4(_) => address,
    }
}
