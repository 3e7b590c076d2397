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
    let mut shown_before = shown(redactor, kind, before);
    let mut shown_after = shown(redactor, kind, after);
    mark(redactor, (before, after), &mut shown_before, &mut shown_after);
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

/// Walks the originals: the redactor may have changed keys too.
fn mark(
    redactor: &Redactor,
    (before, after): (&Value, &Value),
    shown_before: &mut Value,
    shown_after: &mut Value,
) {
    match (before, after, shown_before, shown_after) {
        (
            Value::Object(before),
            Value::Object(after),
            Value::Object(shown_before),
            Value::Object(shown_after),
        ) => {
            for (key, before) in before {
                let Some(after) = after.get(key) else { continue };
                let key = redactor.text(key);
                let shown = (shown_before.get_mut(&*key), shown_after.get_mut(&*key));
                if let (Some(one), Some(other)) = shown {
                    mark(redactor, (before, after), one, other);
                }
            }
        }
        (
            Value::Array(before),
            Value::Array(after),
            Value::Array(shown_before),
            Value::Array(shown_after),
        ) => {
            let shown = shown_before.iter_mut().zip(shown_after);
            for ((before, after), (one, other)) in before.iter().zip(after).zip(shown) {
                mark(redactor, (before, after), one, other);
            }
        }
        (before, after, Value::String(one), Value::String(other))
            if one == other && before != after =>
        {
            one.push_str(" (before)");
            other.push_str(" (after)");
        }
        _ => {}
    }
}
