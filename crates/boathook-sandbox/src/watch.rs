//! A watch on the simulated API server: every change from a version on, as it happens.

use std::{collections::VecDeque, sync::Arc};

use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::{
    Breakage, Caller, Cluster, Kind, Selector, Status,
    read_verbs::allow,
    store::{Change, Store},
};

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// It came into view.
    Added,
    /// It changed.
    Modified,
    /// It went out of view.
    Deleted,
}

/// One event of a watch.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchEvent {
    pub event: EventType,
    /// The object as it is now; as it last was if it is gone.
    pub object: Value,
}

/// What a watch selects.
#[derive(Clone, Debug)]
struct View {
    kind: Kind,
    namespace: Option<String>,
    selector: Selector,
}

#[derive(Debug)]
pub struct Watch {
    cluster: Cluster,
    view: View,
    seen: u64,
    pending: VecDeque<WatchEvent>,
    changes: watch::Receiver<u64>,
    breakages: u64,
    ends: Instant,
}

impl EventType {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
        }
    }
}

impl WatchEvent {
    /// The event as the server sends it and kubectl prints it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"type": self.event.as_str(), "object": self.object})
    }
}

impl View {
    fn shows(&self, change: &Change) -> Option<WatchEvent> {
        let in_place = change.key.kind == self.kind
            && self.namespace.as_ref().is_none_or(|namespace| *namespace == change.key.namespace);
        if !in_place {
            return None;
        }
        let visible = |object: &Option<Arc<Value>>| {
            object.as_deref().filter(|object| self.selector.matches(object)).cloned()
        };
        let (event, object) = match (visible(&change.before), visible(&change.after)) {
            (None, None) => return None,
            (None, Some(after)) => (EventType::Added, after),
            (Some(_), Some(after)) => (EventType::Modified, after),
            (Some(before), None) => (EventType::Deleted, before),
        };
        Some(WatchEvent { event, object })
    }

    fn all(&self, store: &Store) -> VecDeque<WatchEvent> {
        let objects = store.list(self.kind, self.namespace.as_deref()).map(|(_, object)| object);
        let visible = objects.filter(|object| self.selector.matches(object));
        visible
            .map(|object| WatchEvent { event: EventType::Added, object: object.clone() })
            .collect()
    }
}

impl Cluster {
    /// Watches from a version on; from `None` or 0, what is there comes first.
    pub fn watch(
        &self,
        caller: &Caller,
        kind: Kind,
        namespace: Option<&str>,
        selector: Selector,
        from: Option<u64>,
    ) -> Result<Watch, Status> {
        let state = self.at_now();
        allow(caller, "watch", kind, namespace, selector.name.as_deref())?;
        let view = View { kind, namespace: namespace.map(str::to_owned), selector };
        let (seen, pending) = match from.filter(|version| *version > 0) {
            None => (state.store.version(), view.all(&state.store)),
            Some(version) => match state.store.since(version).map(|_| version) {
                Ok(version) => (version, VecDeque::new()),
                Err(oldest) => return Err(Status::expired(version, oldest)),
            },
        };
        let ends = state.now + state.settings.timings.watch;
        let changes = state.store.subscribe();
        let breakages = state.breakages;
        drop(state);
        Ok(Watch { cluster: self.clone(), view, seen, pending, changes, breakages, ends })
    }
}

impl Watch {
    /// How it was broken, if it was.
    #[must_use]
    pub fn broken(&self) -> Option<Breakage> {
        let state = self.cluster.at_now();
        (state.breakages != self.breakages).then_some(state.breakage)
    }

    /// The version up to which it has told everything.
    #[must_use]
    pub fn version(&mut self) -> Option<u64> {
        self.advance()?;
        self.pending.is_empty().then_some(self.seen)
    }

    /// The next event; `None` once the watch has ended, for any reason and without an error.
    pub async fn next(&mut self) -> Option<WatchEvent> {
        loop {
            if self.broken() == Some(Breakage::Freezes) {
                std::future::pending::<()>().await;
            }
            if let Some(event) = self.pending.pop_front() {
                return Some(event);
            }
            let wake = self.advance()?.map_or(self.ends, |next| next.min(self.ends));
            if !self.pending.is_empty() {
                continue;
            }
            tokio::select! {
                changed = self.changes.changed() => changed.ok()?,
                () = sleep_until(wake) => {}
            }
        }
    }

    /// Reads what happened since; says when something is due next, or that the watch is over.
    fn advance(&mut self) -> Option<Option<Instant>> {
        let state = self.cluster.at_now();
        self.changes.mark_unchanged();
        if state.breakages != self.breakages || state.now >= self.ends {
            return None;
        }
        let changes = state.store.since(self.seen).ok()?;
        self.pending.extend(changes.filter_map(|change| self.view.shows(change)));
        self.seen = state.store.version();
        Some(state.timeline.next())
    }
}
