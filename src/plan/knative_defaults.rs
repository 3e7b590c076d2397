//! The fields that Knative's webhook fills in where a manifest lacks them, with its delivered
//! settings. A comparison leaves them out; a cluster whose `config-defaults` says otherwise shows
//! its own values as going.

use serde_json::{Value, json};

/// Removes from `before` what `after` does not state and Knative fills in.
pub(super) fn drop_defaults(before: &mut Value, after: &Value) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            before.retain(|field, value| after.contains_key(field) || !is_default(field, value));
            for (field, value) in before {
                if let Some(after) = after.get(field) {
                    drop_defaults(value, after);
                }
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            before.iter_mut().zip(after).for_each(|(one, other)| drop_defaults(one, other));
        }
        _ => {}
    }
}

fn is_default(field: &str, value: &Value) -> bool {
    match field {
        "containerConcurrency" => *value == 0,
        "enableServiceLinks" => *value == false,
        "failureThreshold" => *value == 3,
        // Of a revision, and of a probe.
        "timeoutSeconds" => *value == 300 || *value == 1,
        "successThreshold" => *value == 1,
        "name" => is_given_name(value),
        "protocol" => *value == "TCP",
        "readOnly" => *value == true,
        "readinessProbe" => *value == json!({"successThreshold": 1, "tcpSocket": {"port": 0}}),
        "resources" => *value == json!({}),
        _ => false,
    }
}

/// The names that Knative gives to containers without one.
fn is_given_name(name: &Value) -> bool {
    let words = ["user-container", "init-container"];
    name.as_str().is_some_and(|name| {
        words.iter().any(|word| {
            name.strip_prefix(word).is_some_and(|end| {
                end.is_empty()
                    || end.strip_prefix('-').is_some_and(|end| end.parse::<u32>().is_ok())
            })
        })
    })
}
