//! The objects of the simulated API server, with their versions and the history that watches read.
//!
//! It keeps what it is given: validation and reconciliation are elsewhere.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::{sync::watch, time::Instant};

use crate::Kind;

/// How many changes are remembered for watches that begin in the past.
const HISTORY: usize = 4_000;

/// What one object is found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub kind: Kind,
    /// Empty for what lives in no namespace.
    pub namespace: String,
    pub name: String,
}

/// One change of one object.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub version: u64,
    /// When it happened, even if it was read later.
    pub at: Instant,
    pub key: Key,
    pub before: Option<Arc<Value>>,
    /// `None` where the object is gone.
    pub after: Option<Arc<Value>>,
}

#[derive(Debug)]
pub(super) struct Store {
    objects: BTreeMap<Key, Arc<Value>>,
    history: VecDeque<Change>,
    /// No watch can begin before it.
    oldest: u64,
    version: u64,
    uids: u64,
    now: Instant,
    changed: watch::Sender<u64>,
}

impl Key {
    pub(super) fn new(kind: Kind, namespace: Option<&str>, name: &str) -> Self {
        let namespace = if kind.is_namespaced() {
            namespace.unwrap_or("default").to_owned()
        } else {
            String::new()
        };
        Self { kind, namespace, name: name.to_owned() }
    }

    /// The namespace, where the kind lives in one.
    pub(super) fn namespace(&self) -> Option<&str> {
        self.kind.is_namespaced().then_some(self.namespace.as_str())
    }
}

/// The UID that a text leads to.
pub(super) fn uid_from(text: &str) -> String {
    let hex = hex::encode(Sha256::digest(text));
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

impl Store {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            objects: BTreeMap::new(),
            history: VecDeque::new(),
            oldest: 0,
            version: 1,
            uids: 0,
            now,
            changed: watch::Sender::new(1),
        }
    }

    /// The time of the next changes.
    pub(super) fn move_to(&mut self, now: Instant) {
        self.now = now;
    }

    /// The version of the newest change.
    pub(super) const fn version(&self) -> u64 {
        self.version
    }

    /// Notifies watchers of each new version.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Value> {
        self.objects.get(key).map(|object| &**object)
    }

    /// The objects of a kind, in one namespace or in all, by name.
    pub(super) fn list<'a>(
        &'a self,
        kind: Kind,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Key, &'a Value)> {
        let own = self.objects.iter().filter(move |(key, _)| {
            key.kind == kind && namespace.is_none_or(|namespace| key.namespace == namespace)
        });
        own.map(|(key, object)| (key, &**object))
    }

    /// Everything in a namespace.
    pub(super) fn inside(&self, namespace: &str) -> Vec<Key> {
        self.objects.keys().filter(|key| key.namespace == namespace).cloned().collect()
    }

    /// Wakes anyone who waits for a change, though nothing changed.
    pub(super) fn wake(&self) {
        self.changed.send_replace(self.version);
    }

    /// A new UID: always the same ones in the same order.
    pub(super) fn next_uid(&mut self) -> String {
        self.uids += 1;
        uid_from(&format!("uid {}", self.uids))
    }

    /// Puts an object in the place of what was there, unless it is the same. Says whether anything
    /// changed.
    pub(super) fn put(&mut self, key: Key, mut object: Value) -> bool {
        let before = self.objects.get(&key).cloned();
        if let Some(before) = &before {
            object["metadata"]["resourceVersion"] = before["metadata"]["resourceVersion"].clone();
            if **before == object {
                return false;
            }
        }
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        let object = Arc::new(object);
        self.objects.insert(key.clone(), Arc::clone(&object));
        self.remember(Change {
            version: self.version,
            at: self.now,
            key,
            before,
            after: Some(object),
        });
        true
    }

    /// Changes an object in place, if there is one.
    pub(super) fn update(&mut self, key: &Key, change: impl FnOnce(&mut Value)) -> bool {
        let Some(mut object) = self.get(key).cloned() else { return false };
        change(&mut object);
        self.put(key.clone(), object)
    }

    /// Deletes an object.
    pub(super) fn remove(&mut self, key: &Key) {
        let Some(before) = self.objects.remove(key) else { return };
        self.version += 1;
        self.remember(Change {
            version: self.version,
            at: self.now,
            key: key.clone(),
            before: Some(before),
            after: None,
        });
    }

    /// The changes after a version, or the oldest version that is remembered.
    pub(super) fn since(&self, version: u64) -> Result<impl Iterator<Item = &Change>, u64> {
        if version < self.oldest {
            return Err(self.oldest);
        }
        let begin = self.history.partition_point(|change| change.version <= version);
        Ok(self.history.iter().skip(begin))
    }

    /// Forgets all changes so far.
    pub(super) fn compact(&mut self) {
        self.history.clear();
        self.oldest = self.version;
    }

    /// The changes of a kind that are remembered, in order.
    pub(super) fn history(&self, kind: Kind) -> impl Iterator<Item = &Change> {
        self.history.iter().filter(move |change| change.key.kind == kind)
    }

    fn remember(&mut self, change: Change) {
        if self.history.len() >= HISTORY {
            self.oldest = self.history.pop_front().map_or(self.oldest, |change| change.version);
        }
        self.history.push_back(change);
        self.changed.send_replace(self.version);
    }
}
