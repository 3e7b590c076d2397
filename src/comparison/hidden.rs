//! Takes secrets out of both sides of an object. That a hidden value changes is still shown.

use serde_json::{Map, Value};

use crate::redact::{MASK, Redactor};

/// The fields of a Secret whose values are never shown.
const SECRET_FIELDS: [&str; 2] = ["data", "stringData"];

/// Both sides without secrets. Values that differ and look the same without their secrets are marked
/// as `kubectl diff` marks them.
pub(super) fn without_secrets(
    redactor: &Redactor,
    kind: &str,
    (before, after): (&Value, &Value),
) -> (Value, Value) {
    let (mut shown_before, mut shown_after) =
        (shown(redactor, kind, before), shown(redactor, kind, after));
    mark(before, after, &mut shown_before, &mut shown_after);
    (shown_before, shown_after)
}

fn shown(redactor: &Redactor, kind: &str, object: &Value) -> Value {
    let Value::Object(object) = object else { return Value::Null };
    let mut shown = redactor.object(object.clone());
    if kind == "Secret" {
        SECRET_FIELDS.iter().for_each(|field| mask_values(&mut shown, field));
    }
    Value::Object(shown)
}

fn mask_values(secret: &mut Map<String, Value>, field: &str) {
    match secret.get_mut(field) {
        None => {}
        Some(Value::Object(values)) => {
            values.iter_mut().for_each(|(_, value)| *value = MASK.into());
        }
        Some(other) => *other = MASK.into(),
    }
}

fn mark(before: &Value, after: &Value, shown_before: &mut Value, shown_after: &mut Value) {
    match (shown_before, shown_after) {
        (Value::Object(one), Value::Object(other)) => {
            for (key, one) in one {
                if let Some(other) = other.get_mut(key) {
                    mark(&before[key], &after[key], one, other);
                }
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for (at, (one, other)) in one.iter_mut().zip(other).enumerate() {
                mark(&before[at], &after[at], one, other);
            }
        }
        (Value::String(one), Value::String(other)) if one == other && before != after => {
            one.push_str(" (before)");
            other.push_str(" (after)");
        }
        _ => {}
    }
}
