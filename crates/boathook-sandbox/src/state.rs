//! The whole state of the simulated cluster, behind one lock.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    Breakage, Kind, Settings,
    faults::Faults,
    images::Images,
    names::ObjectName,
    record::Record,
    runs::{DomainRun, JobRun, RevisionRun, ServiceRun},
    store::{Change, Key, Store},
    timeline::{Event, Happening, Timeline},
};

/// The cluster's state at one time.
#[derive(Debug)]
pub(super) struct State {
    pub settings: Settings,
    pub origin: Instant,
    pub now: Instant,
    pub store: Store,
    pub timeline: Timeline,
    pub services: BTreeMap<ObjectName, ServiceRun>,
    pub revisions: BTreeMap<ObjectName, RevisionRun>,
    pub domains: BTreeMap<ObjectName, DomainRun>,
    pub jobs: BTreeMap<ObjectName, JobRun>,
    pub images: Images,
    pub faults: Faults,
    pub record: Record,
    /// The events that are kept, the oldest first.
    pub events: VecDeque<(Instant, Key)>,
    /// How often all watches were broken.
    pub breakages: u64,
    /// How they were broken last.
    pub breakage: Breakage,
}

impl State {
    pub(super) fn new(settings: Settings) -> Self {
        let origin = Instant::now();
        let mut state = Self {
            settings,
            origin,
            now: origin,
            store: Store::new(origin),
            timeline: Timeline::default(),
            services: BTreeMap::new(),
            revisions: BTreeMap::new(),
            domains: BTreeMap::new(),
            jobs: BTreeMap::new(),
            images: Images::default(),
            faults: Faults::default(),
            record: Record::default(),
            events: VecDeque::new(),
            breakages: 0,
            breakage: Breakage::default(),
        };
        let default = json!({
            "metadata": {"labels": {"kubernetes.io/metadata.name": "default"}},
            "status": {"phase": "Active"},
        });
        state.keep_new(Key::new(Kind::Namespace, None, "default"), default);
        state
    }

    /// Applies everything that is due by `now`, each at its own time.
    pub(super) fn advance(&mut self, now: Instant) {
        while let Some((when, event)) = self.timeline.take_due(now) {
            self.move_to(when);
            self.happen(event);
        }
        self.move_to(now);
    }

    fn move_to(&mut self, now: Instant) {
        self.now = now;
        self.store.move_to(now);
    }

    /// Whether the fault is planted that keeps everybody from the registries.
    pub(super) fn registry_is_away(&mut self) -> bool {
        self.faults.strike(&["registry"]).is_some()
    }

    /// The time of day, to the second, as objects carry it.
    pub(super) fn time(&self) -> String {
        self.time_of(self.now)
    }

    /// The time of day of an instant, to the second.
    pub(super) fn time_of(&self, at: Instant) -> String {
        self.timestamp(at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// The changes of a kind that are remembered, in order, each with its exact time and the object
    /// as it was then; null if it was gone.
    pub(super) fn changes(&self, kind: Kind) -> Vec<Value> {
        let line = |change: &Change| {
            let Key { kind: _, namespace, name } = &change.key;
            json!({
                "at": self.timestamp(change.at).to_string(),
                "namespace": namespace,
                "name": name,
                "object": change.after.as_deref(),
            })
        };
        self.store.history(kind).map(line).collect()
    }

    fn timestamp(&self, at: Instant) -> Timestamp {
        self.settings.start.saturating_add(at - self.origin).unwrap_or(Timestamp::MAX)
    }

    /// Plans an event for an object as it lives now.
    pub(super) fn plan(
        &mut self,
        after: Duration,
        what: Happening,
        object: &ObjectName,
        uid: &str,
    ) {
        let event = Event { what, object: object.clone(), uid: uid.to_owned() };
        self.timeline.plan(self.now, after, event);
    }

    /// Keeps a new object, with UID and time of creation.
    pub(super) fn keep_new(&mut self, key: Key, mut object: Value) -> Value {
        self.stamp(&key, &mut object);
        self.store.put(key.clone(), object);
        self.store.get(&key).cloned().unwrap_or_default()
    }

    /// Writes into an object what the server writes into each new one.
    pub(super) fn stamp(&mut self, key: &Key, object: &mut Value) {
        let uid = self.store.next_uid();
        object["apiVersion"] = key.kind.api_version().into();
        object["kind"] = key.kind.name().into();
        let metadata = &mut object["metadata"];
        metadata["uid"] = uid.into();
        metadata["creationTimestamp"] = self.time().into();
        metadata["name"] = key.name.clone().into();
        if key.kind.is_namespaced() {
            metadata["namespace"] = key.namespace.clone().into();
        }
    }
}
