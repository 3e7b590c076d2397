//! The three-way merge of `kubectl apply`: of the last applied object, the new one, and the live
//! one.

use serde_json::{Map, Value};

/// The merge patch from `current` to `wanted`, which removes only fields of the last apply that
/// this one lacks.
///
/// `by_parts` compares lists by their parts, as kubectl does for the kinds that it knows: a list
/// whose parts are all there is no change.
pub(super) fn merge_patch(last: &Value, wanted: &Value, current: &Value, by_parts: bool) -> Value {
    let mut patch = additions(wanted, current, by_parts);
    deletions(last, wanted, &mut patch);
    Value::Object(patch)
}

fn additions(wanted: &Value, current: &Value, by_parts: bool) -> Map<String, Value> {
    let mut patch = Map::new();
    for (field, value) in wanted.as_object().into_iter().flatten() {
        let present = &current[field];
        if value.is_object() && present.is_object() {
            let inner = additions(value, present, by_parts);
            if !inner.is_empty() {
                patch.insert(field.clone(), Value::Object(inner));
            }
        } else if value != present && !(by_parts && covers(present, value)) {
            patch.insert(field.clone(), value.clone());
        }
    }
    patch
}

fn deletions(last: &Value, wanted: &Value, patch: &mut Map<String, Value>) {
    for (field, value) in last.as_object().into_iter().flatten() {
        match wanted.get(field) {
            None => {
                patch.insert(field.clone(), Value::Null);
            }
            Some(inner) if value.is_object() && inner.is_object() => {
                let mut below =
                    patch.get(field).and_then(Value::as_object).cloned().unwrap_or_default();
                deletions(value, inner, &mut below);
                if !below.is_empty() {
                    patch.insert(field.clone(), Value::Object(below));
                }
            }
            Some(_) => {}
        }
    }
}

/// Whether everything in `wanted` is in `present`.
fn covers(present: &Value, wanted: &Value) -> bool {
    match (present, wanted) {
        (Value::Object(there), Value::Object(here)) => {
            here.iter().all(|(field, value)| there.get(field).is_some_and(|one| covers(one, value)))
        }
        (Value::Array(there), Value::Array(here)) => {
            there.len() == here.len()
                && there.iter().zip(here).all(|(one, other)| covers(one, other))
        }
        _ => present == wanted,
    }
}
