//! Environment variables of a container.

use serde_json::Value;

use crate::admission::names;

/// What is wrong with the variables that come from elsewhere.
pub(super) fn check(container: &Value, path: &str) -> Vec<String> {
    let variables = container["env"].as_array().into_iter().flatten().enumerate();
    variables
        .flat_map(|(index, variable)| source(variable, &format!("{path}.env[{index}].valueFrom")))
        .collect()
}

fn source(variable: &Value, path: &str) -> Vec<String> {
    let from = &variable["valueFrom"];
    if !from.is_object() {
        return Vec::new();
    }
    let set: Vec<_> = ["configMapKeyRef", "secretKeyRef"]
        .into_iter()
        .filter(|kind| from[*kind].is_object())
        .collect();
    let mut wrong: Vec<_> =
        set.iter().flat_map(|kind| reference(&from[*kind], &format!("{path}.{kind}"))).collect();
    let has_value = variable["value"].as_str().is_some_and(|value| !value.is_empty());
    let why = match set.len() {
        0 => Some(
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, \
             `secretKeyRef` or `fileKeyRef`",
        ),
        _ if has_value => Some("may not be specified when `value` is not empty"),
        1 => None,
        _ => Some("may not have more than one field specified at a time"),
    };
    wrong.extend(why.map(|why| format!("{path}: Invalid value: \"\": {why}")));
    wrong
}

fn reference(reference: &Value, path: &str) -> Vec<String> {
    let text = |field: &str| reference[field].as_str().unwrap_or_default();
    let name = text("name");
    let named = names::not_subdomain(name)
        .map(|rule| format!("{path}.name: Invalid value: \"{name}\": {rule}"));
    let keyed = text("key").is_empty().then(|| format!("{path}.key: Required value"));
    named.into_iter().chain(keyed).collect()
}
