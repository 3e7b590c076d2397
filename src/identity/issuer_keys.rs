//! The keys of one issuer: fetched when a token needs them, kept for as long as they may be used.
//!
//! However many tokens name unknown ones, keys are fetched at most once a minute, and after seconds
//! only where the last fetch failed. Only a few requests wait for a fetch.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use boathook_core::{deployment::error_chain, rate::Backoff};
use tokio::{
    sync::{Mutex as Flight, OwnedMutexGuard, Semaphore},
    time::Instant,
};
use tracing::{info, warn};

use crate::{
    config::IssuerConfig,
    identity::{Fetch, IdentityFault, KeysError, published_keys},
    jwt::{KeySet, PublicKey},
};

/// The least time between two fetches of which the first succeeded.
const FETCH_EVERY: Duration = Duration::from_secs(60);
/// Pauses after fetches that failed.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(5), FETCH_EVERY);
/// Keys older than this are fetched again when they are used, so that a withdrawn one goes.
const FRESH_FOR: Duration = Duration::from_secs(60 * 60);
/// How long keys are used while the issuer is away.
const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// Requests that may wait for one fetch.
const WAITING_MAX: usize = 32;

/// The keys of one issuer.
pub(super) struct IssuerKeys {
    issuer: IssuerConfig,
    fetch: Fetch,
    known: Mutex<Known>,
    /// Held while keys are fetched.
    flight: Arc<Flight<()>>,
    waiting: Semaphore,
}

struct Known {
    keys: KeySet,
    /// When they were fetched.
    fetched_at: Option<Instant>,
    /// When they may be fetched next.
    next_at: Instant,
    /// The pauses between fetches that fail.
    backoff: Backoff,
    /// Why the last one failed, if it did.
    trouble: Option<String>,
}

impl IssuerKeys {
    pub(super) fn new(issuer: IssuerConfig, fetch: Fetch) -> Self {
        let waiting = Semaphore::new(WAITING_MAX);
        Self { issuer, fetch, known: Mutex::new(Known::none()), flight: Arc::default(), waiting }
    }

    /// Whether these are the keys of what the config names.
    pub(super) fn are_of(&self, issuer: &IssuerConfig) -> bool {
        let place = |config: &IssuerConfig| {
            (config.name.clone(), config.issuer.clone(), config.jwks.clone())
        };
        place(&self.issuer) == place(issuer)
    }

    /// The key of that name. Where it is not known, or the keys are old, they are fetched first,
    /// unless it is too early for another try.
    pub(super) async fn find(self: &Arc<Self>, id: &str) -> Result<PublicKey, IdentityFault> {
        let (is_known, are_fresh) = {
            let known = self.known();
            (known.find(id).is_some(), known.are_fresh())
        };
        if !is_known {
            if let Ok(_waiting) = self.waiting.try_acquire() {
                let flight = Arc::clone(&self.flight).lock_owned().await;
                self.fetch(flight).await;
            }
        } else if !are_fresh && let Ok(flight) = Arc::clone(&self.flight).try_lock_owned() {
            // Whoever comes first fetches; the others use what there is.
            self.fetch(flight).await;
        }
        let known = self.known();
        known.find(id).ok_or_else(|| IdentityFault::UnknownKey {
            issuer: self.issuer.name.clone(),
            trouble: known.trouble.clone(),
        })
    }

    /// Fetches the keys, unless it is too early. The fetch goes on if the request that asked for it
    /// ends.
    async fn fetch(self: &Arc<Self>, flight: OwnedMutexGuard<()>) {
        if !self.known().may_try() {
            return;
        }
        let keys = Arc::clone(self);
        let fetching = tokio::spawn(async move {
            let fetched = published_keys(&keys.issuer, &keys.fetch).await;
            keys.note(fetched);
            drop(flight);
        });
        if let Err(broken) = fetching.await {
            warn!(issuer = self.issuer.name, cause = %broken, "A fetch of an issuer's keys broke off");
        }
    }

    fn note(&self, fetched: Result<KeySet, KeysError>) {
        let name = &self.issuer.name;
        let mut known = self.known();
        match fetched {
            Ok(keys) => {
                info!(issuer = name, keys = keys.len(), "Fetched the keys of {name}");
                known.keys = keys;
                known.fetched_at = Some(Instant::now());
                known.backoff.reset();
                known.trouble = None;
            }
            Err(error) => {
                let cause = error_chain(&error);
                warn!(issuer = name, cause, "The keys of {name} could not be fetched");
                known.next_at = Instant::now() + known.backoff.pause();
                known.trouble = Some(cause);
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Each field is replaced as a whole, so it stays usable after a panic elsewhere.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn none() -> Self {
        let keys = KeySet::default();
        let next_at = Instant::now();
        Self { keys, fetched_at: None, next_at, backoff: BACKOFF, trouble: None }
    }

    fn find(&self, id: &str) -> Option<PublicKey> {
        let usable = self.fetched_at.is_some_and(|at| at.elapsed() < KEPT_FOR);
        self.keys.find(id).filter(|_| usable).cloned()
    }

    fn are_fresh(&self) -> bool {
        self.fetched_at.is_some_and(|at| at.elapsed() < FRESH_FOR)
    }

    /// Whether it is time for another try; notes that there is one now.
    fn may_try(&mut self) -> bool {
        let now = Instant::now();
        let is_due = now >= self.next_at;
        if is_due {
            self.next_at = now + FETCH_EVERY;
        }
        is_due
    }
}
