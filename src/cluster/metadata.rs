//! Labels and annotations of a service, and a change of some of them as operations of a JSON patch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cluster::{Entries, Service};

/// The label that decides who can reach a service.
pub const VISIBILITY: &str = "networking.knative.dev/visibility";
/// Its value for a service that answers only inside the cluster; any other value, and none, means
/// public.
pub const CLUSTER_LOCAL: &str = "cluster-local";

/// Changes of some labels and annotations; the others stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MetadataChange {
    /// The new value of each label; none to remove it.
    pub labels: BTreeMap<String, Option<String>>,
    /// The new value of each annotation; none to remove it.
    pub annotations: BTreeMap<String, Option<String>>,
}

impl MetadataChange {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.annotations.is_empty()
    }

    /// Whether the service is cluster-local afterwards; none if the change does not affect that.
    #[must_use]
    pub(crate) fn makes_local(&self) -> Option<bool> {
        self.labels.get(VISIBILITY).map(|value| value.as_deref() == Some(CLUSTER_LOCAL))
    }

    /// The change that restores what `service` has now.
    #[must_use]
    pub(crate) fn undo(&self, service: &Service) -> Self {
        let now = |wanted: &BTreeMap<String, Option<String>>, has: &Entries| {
            wanted.keys().map(|key| (key.clone(), has.get(key).cloned())).collect()
        };
        Self {
            labels: now(&self.labels, service.labels()),
            annotations: now(&self.annotations, service.annotations()),
        }
    }

    /// The operations for a service in this state; none if nothing differs.
    #[must_use]
    pub fn operations(&self, service: &Service) -> Vec<Value> {
        let fields = [
            ("labels", &self.labels, service.labels()),
            ("annotations", &self.annotations, service.annotations()),
        ];
        fields.into_iter().flat_map(|(field, wanted, has)| missing(field, wanted, has)).collect()
    }

    /// The operations for a service as the opposite change left it, without reading it.
    #[must_use]
    pub(crate) fn operations_unseen(&self) -> Vec<Value> {
        let of = |field: &'static str, wanted: &BTreeMap<String, Option<String>>| -> Vec<Value> {
            wanted.iter().map(|(key, value)| operation(field, key, value.as_deref())).collect()
        };
        [of("labels", &self.labels), of("annotations", &self.annotations)].concat()
    }
}

/// A missing parent is added first.
fn missing(field: &str, wanted: &BTreeMap<String, Option<String>>, has: &Entries) -> Vec<Value> {
    let differing = wanted.iter().filter(|(key, value)| has.get(*key) != value.as_ref());
    let operations: Vec<Value> =
        differing.map(|(key, value)| operation(field, key, value.as_deref())).collect();
    let parent = has.is_empty() && !operations.is_empty();
    parent
        .then(|| json!({"op": "add", "path": format!("/metadata/{field}"), "value": {}}))
        .into_iter()
        .chain(operations)
        .collect()
}

/// `add` also replaces a member that is there; `remove` needs one.
fn operation(field: &str, key: &str, value: Option<&str>) -> Value {
    let path = format!("/metadata/{field}/{}", key.replace('~', "~0").replace('/', "~1"));
    match value {
        Some(value) => json!({"op": "add", "path": path, "value": value}),
        None => json!({"op": "remove", "path": path}),
    }
}
