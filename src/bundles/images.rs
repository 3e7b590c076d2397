//! The images in the objects of a bundle.

use serde_json::Value;

/// The fields that list containers, in whatever object holds a pod.
const LISTS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// Each image that a container in an object names.
pub(super) fn images(object: &Value) -> Vec<&str> {
    let mut images = Vec::new();
    let mut waiting = vec![object];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(fields) => {
                for (field, inner) in fields {
                    if let Value::Array(items) = inner
                        && LISTS.contains(&field.as_str())
                    {
                        images.extend(items.iter().filter_map(|item| item.get("image")?.as_str()));
                    }
                    waiting.push(inner);
                }
            }
            Value::Array(items) => waiting.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    images
}
