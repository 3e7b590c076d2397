//! Stays connected to one relay, and takes what it brings, one event after the other.
//!
//! While an event is taken none is read, so a flood fills no memory here; beyond the listener's own
//! limit for one address, events are taken more slowly. Nothing else waits for a relay.

use std::{sync::Arc, time::Duration};

use boathook_core::{
    current::Current,
    deployment::error_chain,
    rate::{Backoff, Rate, TokenBucket},
};
use jiff::Timestamp;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    config::RelayConfig,
    intake::Admission,
    observers::{
        audit::Refusals,
        metrics::{RelayCounters, SourceFailure},
    },
    sources::relay::{
        position::Position,
        subscription::{End, Received, Subscription},
        taken::Taken,
        terms::RelayTerms,
        transport::{Bytestream, RelayTransport, Subscribe},
    },
};

/// The pauses between attempts to connect; about half of each is left to chance.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
/// A connection that lasted this long was a good one.
const LASTING: Duration = Duration::from_secs(30);

/// One relay, and where its webhooks go.
pub struct Relay {
    pub terms: RelayTerms,
    pub transport: Arc<dyn RelayTransport>,
    pub admission: Current<Admission>,
    pub refusals: Refusals,
    pub counters: RelayCounters,
}

impl Relay {
    /// Follows the relay until it is stopped, which cuts off no admission under way.
    pub async fn follow(&self, stop: &CancellationToken) {
        let name = &self.terms.config.name;
        let mut backoff = BACKOFF;
        self.counters.set_connected(name, false, self.now());
        let journal = self.admission.get().journal.clone();
        let reading = Position::read(journal, &self.terms.config);
        let Some(mut position) = stop.run_until_cancelled(reading).await else { return };
        loop {
            let began = Instant::now();
            let Some(end) = self.connect(&mut position, stop).await else { return };
            let cause = error_chain(&end);
            let failure = SourceFailure { at: self.now(), cause: cause.clone() };
            self.counters.set_away(name, failure);
            if began.elapsed() >= LASTING {
                backoff.reset();
            }
            let pause = backoff.pause();
            if backoff.failures() == 1 {
                warn!(relay.name = name, cause, "Relay {name} is away, and is tried again");
            }
            if stop.run_until_cancelled(sleep(partly_random(pause))).await.is_none() {
                return;
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.admission.get().clock.now()
    }

    /// One connection, to its end; nothing if it is stopped.
    async fn connect(&self, position: &mut Position, stop: &CancellationToken) -> Option<End> {
        let last_event_id = position.last_event_id();
        let subscribe = Subscribe { url: self.terms.config.events_url(), last_event_id };
        let connected = stop.run_until_cancelled(self.transport.subscribe(subscribe)).await?;
        match connected {
            Ok(bytes) => self.read(bytes, position, stop).await,
            Err(error) => Some(error.into()),
        }
    }

    async fn read(
        &self,
        bytes: Bytestream,
        position: &mut Position,
        stop: &CancellationToken,
    ) -> Option<End> {
        let RelayConfig { name, url, kind, sealed: _ } = &self.terms.config;
        info!(relay.name = name, "Connected to relay {name} at {}", url.host());
        let every = Duration::from_secs(60) / self.terms.per_minute.max(1);
        let rate = Rate { every, burst: self.terms.per_minute.max(1) };
        let mut taken = TokenBucket::full();
        let mut subscription = Subscription::new(*kind, bytes, self.terms.body_max);
        loop {
            let received = match stop.run_until_cancelled(subscription.next()).await? {
                Ok(received) => received,
                Err(end) => return Some(end),
            };
            // Both kinds write an event at once; a proxy may hold all of them back.
            self.counters.set_connected(name, true, self.now());
            let Received { content, resume_id } = received;
            let comes_again = position.is_before(resume_id.as_deref());
            while let Err(wait) = taken.take(rate) {
                if stop.run_until_cancelled(sleep(wait)).await.is_none() {
                    // What no relay sends again is taken all the same.
                    if comes_again {
                        return None;
                    }
                    break;
                }
            }
            match self.take(content, comes_again, stop).await {
                Taken::Settled => {}
                Taken::NotNow => return Some(End::NotNow),
            }
            if let Some(id) = resume_id {
                position.advance(&id).await;
            }
        }
    }
}

/// Half of a pause, and a random part of the other half: after a relay was away, not everyone comes
/// back at once.
fn partly_random(pause: Duration) -> Duration {
    let part = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
    pause.mul_f64(0.5 + part / 2.0)
}
