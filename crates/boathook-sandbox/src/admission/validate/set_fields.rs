//! Which fields of an object are set, and which of them Knative does not allow.

use serde_json::Value;

use crate::admission::field_errors::FieldErrors;

/// Refuses every field that is set and not among those allowed.
pub(super) fn only(object: &Value, allowed: &[&str]) -> FieldErrors {
    let set = object.as_object().into_iter().flat_map(|fields| fields.keys().map(String::as_str));
    FieldErrors::disallowed(&set.filter(|field| !allowed.contains(field)).collect::<Vec<_>>())
}

/// The items of a list field.
pub(super) fn items<'a>(object: &'a Value, field: &str) -> &'a [Value] {
    object[field].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A text field; empty if it is not set.
pub(super) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_default()
}

/// Refuses a number outside its range, if there is one.
pub(super) fn within(object: &Value, field: &str, low: i64, high: i64) -> FieldErrors {
    match object[field].as_i64() {
        Some(number) if !(low..=high).contains(&number) => {
            FieldErrors::out_of_bounds(number, low, high, field)
        }
        _ => FieldErrors::none(),
    }
}

/// What a check finds in the items of a list field, each seen from the object.
pub(super) fn each(
    object: &Value,
    field: &str,
    check: impl Fn(&Value) -> FieldErrors,
) -> FieldErrors {
    let found =
        items(object, field).iter().enumerate().map(|(index, item)| check(item).via_index(index));
    FieldErrors::all(found).via(field)
}
