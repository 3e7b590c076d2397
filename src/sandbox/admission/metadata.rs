//! What every object must have: a name that can be one, and labels and annotations that are maps.

use serde_json::Value;

use crate::sandbox::{Kind, Status};

/// Letters that a name may hold.
const NAME_MAX: usize = 253;

/// Refuses an object without a usable name, or with labels or annotations that are no maps.
pub(super) fn check(object: &Value, kind: Kind) -> Result<(), Status> {
    let metadata = &object["metadata"];
    for field in ["labels", "annotations"] {
        if !metadata[field].is_object() && !metadata[field].is_null() {
            return Err(Status::bad_request(format!("{kind} in version \"v1\" cannot be handled as a {kind}: metadata.{field} is no map")));
        }
    }
    let name = metadata["name"].as_str().unwrap_or_default();
    if name.is_empty() {
        return Err(Status::invalid(kind, "", "metadata.name: Required value: name or generateName is required"));
    }
    if is_subdomain(name) {
        return Ok(());
    }
    let rule = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an \
                alphanumeric character";
    Err(Status::invalid(kind, name, &format!("metadata.name: Invalid value: \"{name}\": {rule}")))
}

fn is_subdomain(name: &str) -> bool {
    let lower = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    bytes.len() <= NAME_MAX
        && bytes.iter().all(|byte| lower(byte) || matches!(byte, b'-' | b'.'))
        && bytes.first().is_some_and(lower)
        && bytes.last().is_some_and(lower)
}
