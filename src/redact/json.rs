//! JSON that senders wrote.

use serde_json::{Map, Value};

use crate::redact::{MASK, Redactor, speaks_of_a_secret};

pub(super) fn without_secrets(redactor: &Redactor, object: Map<String, Value>) -> Map<String, Value> {
    let names_a_secret = object.get("name").and_then(Value::as_str).is_some_and(speaks_of_a_secret);
    let entries = object.into_iter().map(|(key, value)| {
        let hidden = speaks_of_a_secret(&key) || (names_a_secret && key == "value");
        let value = if hidden { masked(value) } else { clean(redactor, value) };
        (redactor.text(&key).into_owned(), value)
    });
    entries.collect()
}

fn clean(redactor: &Redactor, value: Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
        Value::String(text) => Value::String(redactor.text(&text).into_owned()),
        Value::Array(items) => items.into_iter().map(|item| clean(redactor, item)).collect(),
        Value::Object(object) => Value::Object(without_secrets(redactor, object)),
    }
}

/// That there is nothing, or a yes or no, is no secret.
fn masked(value: Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value,
        Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => MASK.into(),
    }
}
