//! Volumes of a pod.

use serde_json::Value;

/// The names of the volumes that are right, and what is wrong with the others.
pub(super) fn check(spec: &Value) -> (Vec<&str>, Vec<String>) {
    let mut right = Vec::new();
    let mut wrong = Vec::new();
    for (index, volume) in spec["volumes"].as_array().into_iter().flatten().enumerate() {
        let found = sources(volume, &format!("spec.volumes[{index}]"));
        if found.is_empty() {
            right.push(volume["name"].as_str().unwrap_or_default());
        }
        wrong.extend(found);
    }
    (right, wrong)
}

fn sources(volume: &Value, path: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (source, name) in [("secret", "secretName"), ("configMap", "name")] {
        let object = &volume[source];
        let path = format!("{path}.{source}");
        if object.is_object() && object[name].as_str().unwrap_or_default().is_empty() {
            wrong.push(format!("{path}.{name}: Required value"));
        }
        wrong.extend(mode(object, &path, "defaultMode"));
        for (index, item) in object["items"].as_array().into_iter().flatten().enumerate() {
            wrong.extend(mode(item, &format!("{path}.items[{index}]"), "mode"));
        }
    }
    wrong.extend(mode(&volume["projected"], &format!("{path}.projected"), "defaultMode"));
    wrong
}

fn mode(object: &Value, path: &str, field: &str) -> Option<String> {
    let mode = object[field].as_i64().filter(|mode| !(0..=0o777).contains(mode))?;
    Some(format!(
        "{path}.{field}: Invalid value: {mode}: must be a number between 0 and 0777 (octal), both \
         inclusive"
    ))
}
