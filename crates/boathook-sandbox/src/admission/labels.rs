//! Validates values of labels.

use serde_json::Value;

/// What Kubernetes says about the first label that it forbids. The labels in a service's template
/// are not its own.
pub(crate) fn complaint(labels: &Value) -> Option<String> {
    let values = labels.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str());
    values.into_iter().find_map(|value| {
        Some(format!("metadata.labels: Invalid value: \"{value}\": {}", wrong(value)?))
    })
}

fn wrong(value: &str) -> Option<&'static str> {
    let is_alphanumeric = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = value.as_bytes();
    if value.len() > 63 {
        return Some("must be no more than 63 bytes");
    }
    let inner =
        bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if inner && is_alphanumeric(bytes.first()) && is_alphanumeric(bytes.last()) {
        return None;
    }
    Some(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or \
         '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or \
         'my_value',  or '12345', regex used for validation is \
         '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    )
}
