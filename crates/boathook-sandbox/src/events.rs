//! The events that the cluster's parts write: what happened to an object, how often, and the
//! component that reports it.

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    Kind,
    state::State,
    store::{Key, uid_from},
};

/// How long an event is kept.
const KEPT: Duration = Duration::from_secs(3600);
/// How many events are kept at most.
const MOST: usize = 1000;
/// The number of separate events with one reason about one object; later ones are counted together.
const SIMILAR: usize = 9;

/// The scheduler writes events of the newer kind, which have no count.
pub(super) const SCHEDULER: &str = "default-scheduler";

/// What an event is about.
#[derive(Clone, Debug)]
pub(super) struct Involved {
    pub api_version: &'static str,
    pub kind: &'static str,
    pub namespace: String,
    pub name: String,
    pub uid: String,
    /// The part of the object, such as `spec.containers{web}`; empty if it is about the whole.
    pub part: String,
}

/// What an event says.
#[derive(Clone, Debug)]
pub(super) struct EventDetails<'a> {
    /// `Normal` or `Warning`.
    pub severity: &'static str,
    pub reason: &'a str,
    pub message: &'a str,
    /// The reporting component, such as `kubelet`.
    pub source: &'static str,
}

impl<'a> EventDetails<'a> {
    pub(super) const fn normal(source: &'static str, reason: &'a str, message: &'a str) -> Self {
        Self { severity: "Normal", reason, message, source }
    }

    pub(super) const fn warning(source: &'static str, reason: &'a str, message: &'a str) -> Self {
        Self { severity: "Warning", reason, message, source }
    }
}

impl State {
    /// Writes an event, or counts it if it was written before. A namespace that is going takes
    /// none.
    pub(super) fn write_event(&mut self, about: &Involved, details: &EventDetails<'_>) {
        self.forget_old_events();
        if self.terminating(&about.namespace, "").is_some() {
            return;
        }
        let key = event_key(about, details, details.message);
        if self.count_event(&key, None) {
            return;
        }
        let group = event_key(about, details, "");
        let message = format!("(combined from similar events): {}", details.message);
        if self.similar_events(about, details) < SIMILAR {
            self.keep_event(key, about, details, details.message);
        } else if !self.count_event(&group, Some(&message)) {
            self.keep_event(group, about, details, &message);
        }
    }

    /// Counts an event once more; says whether there was one.
    fn count_event(&mut self, key: &Key, message: Option<&str>) -> bool {
        let now = self.time();
        self.store.update(key, |event| {
            if event["count"].is_null() {
                let count = event["series"]["count"].as_u64().unwrap_or(1) + 1;
                event["series"] = json!({"count": count, "lastObservedTime": now});
            } else {
                event["count"] = json!(event["count"].as_u64().unwrap_or(1) + 1);
                event["lastTimestamp"] = json!(now);
            }
            if let Some(message) = message {
                event["message"] = json!(message);
            }
        })
    }

    fn keep_event(
        &mut self,
        key: Key,
        about: &Involved,
        details: &EventDetails<'_>,
        message: &str,
    ) {
        let now = self.time();
        let mut involved = json!({
            "apiVersion": about.api_version,
            "kind": about.kind,
            "name": about.name,
            "namespace": about.namespace,
            "uid": about.uid,
        });
        if !about.part.is_empty() {
            involved["fieldPath"] = json!(about.part);
        }
        // Its UID comes from its name: of the objects' UIDs none is used up, however many there
        // are.
        let mut event = json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "name": key.name,
                "namespace": key.namespace,
                "creationTimestamp": now,
                "uid": uid_from(&key.name),
            },
            "count": 1,
            "eventTime": null,
            "firstTimestamp": now,
            "involvedObject": involved,
            "lastTimestamp": now,
            "message": message,
            "reason": details.reason,
            "reportingComponent": details.source,
            "reportingInstance": "",
            "source": {"component": details.source},
            "type": details.severity,
        });
        if details.source == SCHEDULER {
            event["eventTime"] = json!(now);
            for field in ["count", "firstTimestamp", "lastTimestamp"] {
                event[field] = Value::Null;
            }
        }
        self.events.push_back((self.now, key.clone()));
        self.store.put(key, event);
    }

    fn similar_events(&self, about: &Involved, details: &EventDetails<'_>) -> usize {
        let is_similar = |event: &Value| {
            event["involvedObject"]["uid"] == about.uid.as_str()
                && event["involvedObject"]["name"] == about.name.as_str()
                && event["reason"] == details.reason
                && event["type"] == details.severity
        };
        self.store
            .list(Kind::Event, Some(&about.namespace))
            .filter(|(_, event)| is_similar(event))
            .count()
    }

    fn forget_old_events(&mut self) {
        while let Some((at, _)) = self.events.front() {
            if self.events.len() < MOST && self.now.duration_since(*at) < KEPT {
                return;
            }
            if let Some((_, key)) = self.events.pop_front() {
                self.store.remove(&key);
            }
        }
    }
}

fn event_key(about: &Involved, details: &EventDetails<'_>, message: &str) -> Key {
    let what = [
        about.kind,
        &about.name,
        &about.uid,
        &about.part,
        details.severity,
        details.reason,
        message,
        details.source,
    ]
    .join("\n");
    let hash = hex::encode(Sha256::digest(what));
    Key::new(Kind::Event, Some(&about.namespace), &format!("{}.{}", about.name, &hash[..16]))
}
