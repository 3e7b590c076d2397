//! What the API server and kubectl keep in an object, and nobody wrote. kubectl's annotation of what was
//! last applied repeats the object, the values of a Secret included: it is never shown.

use boathook_core::objects::LAST_APPLIED;
use serde_json::{Map, Value};

/// Fields of an object's metadata that are the API server's own.
const METADATA: [&str; 6] =
    ["creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"];

/// The object without them.
pub(super) fn without_noise(mut object: Value) -> Value {
    if let Some(object) = object.as_object_mut() {
        object.remove("status");
    }
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return object;
    };
    METADATA.iter().for_each(|field| drop(metadata.remove(*field)));
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.remove(LAST_APPLIED);
    }
    let is_empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
    metadata.retain(|_, value| !is_empty(value));
    object
}
