//! Who leads of several boathooks on one record, and how the others keep up.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::time::Instant;

use crate::{
    journal::Nodes,
    observers::metrics::{counter::Counter, names, page::Page},
};

/// What this boathook knows of that. Clones share it.
#[derive(Clone, Debug)]
pub struct Leadership(Arc<Mutex<Known>>);

#[derive(Debug)]
struct Known {
    /// Whether this boathook leads.
    leads: bool,
    /// When its lease ends.
    until: Option<Instant>,
    /// When the database last answered; none of a boathook that has its record for itself.
    answered: Option<Instant>,
    /// What it said of all of them.
    nodes: Option<Nodes>,
    /// Nodes that were gone for so long that they were forgotten.
    forgotten: u64,
}

impl Leadership {
    /// Of a boathook that has its record for itself, and so leads.
    #[must_use]
    pub fn alone() -> Self {
        Self::new(true, None)
    }

    /// Of one that follows.
    #[must_use]
    pub fn among_others() -> Self {
        Self::new(false, Some(Instant::now()))
    }

    fn new(leads: bool, answered: Option<Instant>) -> Self {
        let known = Known { leads, until: None, answered, nodes: None, forgotten: 0 };
        Self(Arc::new(Mutex::new(known)))
    }

    /// This boathook leads; its lease lasts until then.
    pub fn lead(&self, until: Instant) {
        let mut known = self.known();
        known.leads = true;
        known.until = Some(until);
    }

    /// It does not, or not any more.
    pub fn follow(&self) {
        let mut known = self.known();
        known.leads = false;
        known.until = None;
    }

    /// What the database says of all boathooks on the record.
    pub fn note(&self, nodes: &Nodes) {
        let mut known = self.known();
        known.answered = Some(Instant::now());
        known.nodes = Some(nodes.clone());
    }

    /// Some nodes were gone for long.
    pub fn note_forgotten(&self, count: usize) {
        self.known().forgotten += count as u64;
    }

    /// Whether others share the record, so that it can be away while this boathook is well.
    pub(super) fn is_shared(&self) -> bool {
        self.known().answered.is_some()
    }

    /// `last` is the last record that this boathook shows.
    pub(super) fn write(&self, last: u64, page: &mut Page) {
        let known = self.known();
        page.gauge(&names::LEADS, [([], f64::from(u8::from(known.leads)))]);
        let left = known.until.map(|until| until.saturating_duration_since(Instant::now()));
        page.gauge(&names::LEASE_LEFT, left.map(|left| ([], left.as_secs_f64())));
        let Some(answered) = known.answered else { return };
        page.gauge(&names::DATABASE_ANSWERED, [([], answered.elapsed().as_secs_f64())]);
        let values = BTreeMap::from([([], known.forgotten)]);
        page.counter(&Counter { name: names::NODES_FORGOTTEN, values });
        let Some(nodes) = &known.nodes else { return };
        let behind = nodes.last_sequence.saturating_sub(last);
        page.gauge(&names::RECORDS_BEHIND, [([], behind as f64)]);
        let away = nodes.nodes.iter().filter(|node| node.is_away()).count();
        let seen = nodes.nodes.len() - away;
        let counts = [("seen", seen), ("away", away)];
        page.gauge(&names::NODES, counts.map(|(state, n)| ([state.to_owned()], n as f64)));
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
