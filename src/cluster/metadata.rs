//! A change of labels and annotations as operations of a JSON patch.

use std::collections::BTreeMap;

use boathook_core::objects::MetadataChange;
use serde_json::{Value, json};

use crate::cluster::{Entries, Service};

/// The operations for a service in this state; none if nothing differs.
#[must_use]
pub fn metadata_operations(change: &MetadataChange, service: &Service) -> Vec<Value> {
    let fields = [
        ("labels", &change.labels, service.labels()),
        ("annotations", &change.annotations, service.annotations()),
    ];
    fields.into_iter().flat_map(|(field, wanted, has)| missing(field, wanted, has)).collect()
}

/// The operations for a service as the opposite change left it, without reading it.
#[must_use]
pub(crate) fn metadata_operations_unseen(change: &MetadataChange) -> Vec<Value> {
    let of = |field: &'static str, wanted: &BTreeMap<String, Option<String>>| -> Vec<Value> {
        wanted.iter().map(|(key, value)| operation(field, key, value.as_deref())).collect()
    };
    [of("labels", &change.labels), of("annotations", &change.annotations)].concat()
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
