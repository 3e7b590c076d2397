//! The events of a watch that are no change of an object.

use serde_json::{Value, json};

use crate::{Kind, Status};

/// A list as the beginning of a watch: each object as added, and a bookmark that says that these
/// were all.
#[must_use]
pub fn initial_events(kind: Kind, list: &Value) -> Vec<Value> {
    let objects = list["items"].as_array().map_or(&[][..], Vec::as_slice);
    let added = objects.iter().map(|object| json!({"type": "ADDED", "object": object}));
    let metadata = json!({
        "resourceVersion": list["metadata"]["resourceVersion"],
        "annotations": {"k8s.io/initial-events-end": "true"},
    });
    let bookmark =
        json!({"apiVersion": kind.api_version(), "kind": kind.name(), "metadata": metadata});
    added.chain([json!({"type": "BOOKMARK", "object": bookmark})]).collect()
}

/// Says how far a watch is, which may be further than the last change that it showed.
#[must_use]
pub fn bookmark(kind: Kind, version: u64) -> Value {
    let object = json!({
        "apiVersion": kind.api_version(),
        "kind": kind.name(),
        "metadata": {"resourceVersion": version.to_string()},
    });
    json!({"type": "BOOKMARK", "object": object})
}

/// The version that a list was read at.
#[must_use]
pub fn version_of(list: &Value) -> Option<u64> {
    list["metadata"]["resourceVersion"].as_str()?.parse().ok()
}

/// How the API server refuses to watch from a version that it no longer knows: within a stream that
/// was answered with 200.
#[must_use]
pub fn error_event(status: &Status) -> Value {
    json!({"type": "ERROR", "object": status.to_json()})
}
