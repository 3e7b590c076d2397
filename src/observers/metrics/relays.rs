//! What relays brought, and whether boathook is connected to them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use boathook_core::deployment::RequestOutcome;

use crate::observers::metrics::{SourceFailure, requests::OF_SOURCES};

/// The state of one relay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelayState {
    pub is_connected: bool,
    /// Since when it is connected, or is not.
    pub since: Option<Timestamp>,
    /// Why the last connection ended, or was not made.
    pub failure: Option<SourceFailure>,
}

/// Counts by relay and result. Clones are cheap and share one count.
#[derive(Clone, Debug, Default)]
pub struct RelayCounters(Arc<Mutex<BTreeMap<String, Counts>>>);

#[derive(Debug)]
struct Counts {
    state: RelayState,
    events: BTreeMap<&'static str, u64>,
}

impl RelayCounters {
    /// Leaves these relays alone in the counts.
    pub fn keep(&self, relays: &[&str]) {
        self.lock().retain(|name, _| relays.contains(&name.as_str()));
    }

    /// Notes whether boathook is connected to a relay.
    pub fn set_connected(&self, relay: &str, is_connected: bool, at: Timestamp) {
        self.change(relay, |Counts { state, .. }| {
            if state.since.is_none() || state.is_connected != is_connected {
                state.since = Some(at);
            }
            state.is_connected = is_connected;
        });
    }

    /// Notes that a connection ended or was not made, and why.
    pub fn set_away(&self, relay: &str, failure: SourceFailure) {
        self.set_connected(relay, false, failure.at);
        self.change(relay, |counts| counts.state.failure = Some(failure));
    }

    /// Each relay with its state.
    #[must_use]
    pub fn relays(&self) -> Vec<(String, RelayState)> {
        let relays = self.lock();
        relays.iter().map(|(name, counts)| (name.clone(), counts.state.clone())).collect()
    }

    /// Counts one more event.
    pub fn note(&self, relay: &str, became: RequestOutcome) {
        self.change(relay, |counts| *counts.events.entry(became.into_str()).or_default() += 1);
    }

    /// Events by relay and result.
    pub(super) fn events(&self) -> BTreeMap<[String; 2], u64> {
        let relays = self.lock();
        let each = relays.iter().flat_map(|(relay, counts)| {
            counts
                .events
                .iter()
                .map(|(became, count)| ([relay.clone(), (*became).to_owned()], *count))
        });
        each.collect()
    }

    /// 1 for each relay that boathook is connected to, and 0 for the others.
    pub(super) fn connected(&self) -> Vec<([String; 1], f64)> {
        let relays = self.lock();
        let each = relays.iter().map(|(relay, counts)| {
            ([relay.clone()], f64::from(u8::from(counts.state.is_connected)))
        });
        each.collect()
    }

    fn change(&self, relay: &str, change: impl FnOnce(&mut Counts)) {
        let mut relays = self.lock();
        let counts = relays.entry(relay.to_owned()).or_insert_with(|| Counts {
            state: RelayState::default(),
            events: OF_SOURCES.map(|became| (became.into_str(), 0)).into(),
        });
        change(counts);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Counts>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
