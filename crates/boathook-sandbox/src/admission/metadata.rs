//! Validates what every object must have: a valid name, and labels and annotations that map strings
//! to strings.

use serde_json::Value;

use crate::{Kind, Status, admission::names};

/// Refuses an object whose labels or annotations cannot be read.
pub(super) fn readable(object: &Value, kind: Kind) -> Result<(), Status> {
    match unreadable(object) {
        None => Ok(()),
        Some(why) => Err(Status::bad_request(format!(
            "{kind} in version \"{}\" cannot be handled as a {kind}: {why}",
            kind.version()
        ))),
    }
}

/// What a reader says of labels or annotations that are no map of texts; kubectl's own reader says
/// the same.
pub(crate) fn unreadable(object: &Value) -> Option<String> {
    ["annotations", "labels"].into_iter().find_map(|field| {
        let (what, holds) = match &object["metadata"][field] {
            Value::Null => return None,
            Value::Object(entries) => (entries.values().find_map(not_text)?, "string"),
            other => (not_map(other), "map[string]string"),
        };
        Some(format!(
            "json: cannot unmarshal {what} into Go struct field ObjectMeta.metadata.{field} of \
             type {holds}"
        ))
    })
}

fn not_text(value: &Value) -> Option<&'static str> {
    if value.is_string() || value.is_null() { None } else { Some(not_map(value)) }
}

const fn not_map(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::String(_) | Value::Null => "string",
    }
}

/// What Kubernetes says of a name that cannot be one.
pub(super) fn wrong(object: &Value) -> Vec<String> {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    if name.is_empty() {
        return vec!["metadata.name: Required value: name or generateName is required".to_owned()];
    }
    names::not_subdomain(name)
        .map(|rule| format!("metadata.name: Invalid value: \"{name}\": {rule}"))
        .into_iter()
        .collect()
}
