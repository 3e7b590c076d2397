//! A template that has a name may not change under that name.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::admission::field_errors::FieldErrors;

/// Refuses a template whose name stayed while something else did not.
pub(super) fn check(before: &Value, after: &Value) -> FieldErrors {
    let name = &after["metadata"]["name"];
    if name.is_null() || before["metadata"]["name"] != *name || before == after {
        return FieldErrors::none();
    }
    let mut lines = Vec::new();
    differences("{*v1.RevisionTemplateSpec}", before, after, &mut lines);
    FieldErrors::one(
        "Saw the following changes without a name change (-old +new)",
        &["metadata.name"],
    )
    .with_details(lines.join("\n"))
}

fn differences(path: &str, before: &Value, after: &Value, lines: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let fields: BTreeSet<_> = old.keys().chain(new.keys()).collect();
            for field in fields {
                differences(&step(path, field), &before[field], &after[field], lines);
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                differences(&format!("{path}[{index}]"), old, new, lines);
            }
        }
        _ if before == after => {}
        _ => lines.push(format!("{path}:\n\t-: {before}\n\t+: {after}")),
    }
}

/// The next step of a path, as Go names the fields.
fn step(path: &str, field: &str) -> String {
    let root = "{*v1.RevisionTemplateSpec}";
    let knative = [
        "containerConcurrency",
        "timeoutSeconds",
        "responseStartTimeoutSeconds",
        "idleTimeoutSeconds",
    ];
    if path == root && field == "metadata" {
        format!("{path}.ObjectMeta")
    } else if path.ends_with(".Labels") || path.ends_with(".Annotations") {
        format!("{path}[\"{field}\"]")
    } else {
        let mut letters = field.chars();
        let capital: String =
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let embedded =
            if path.ends_with("}.Spec") && !knative.contains(&field) { ".PodSpec" } else { "" };
        format!("{path}{embedded}.{capital}")
    }
}
