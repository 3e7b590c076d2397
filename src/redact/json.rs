//! JSON that senders wrote.

use serde_json::{Map, Value};

use crate::redact::{MASK, Redactor, speaks_of_a_secret};

/// How the fields end that say where a value is: `configMapKeyRef`, `secretKeyRef`.
const PLACE: &str = "KeyRef";
/// The field that names the entry there.
const KEY: &str = "key";

impl Redactor {
    /// An object without secrets: texts are redacted, and the whole value of a key that names a
    /// secret is hidden.
    #[must_use]
    pub fn object(&self, object: Map<String, Value>) -> Map<String, Value> {
        let names_a_secret =
            object.get("name").and_then(Value::as_str).is_some_and(speaks_of_a_secret);
        let entries = object.into_iter().map(|(key, value)| {
            let hidden = speaks_of_a_secret(&key) || (names_a_secret && key == "value");
            let value = match value {
                Value::Object(place) if !hidden && key.ends_with(PLACE) => {
                    Value::Object(self.place(place))
                }
                value if hidden => masked(value),
                value => clean(self, value),
            };
            (self.text(&key).into_owned(), value)
        });
        entries.collect()
    }

    /// Where Kubernetes takes a value from: its `key` names an entry, and is no secret.
    fn place(&self, place: Map<String, Value>) -> Map<String, Value> {
        let key = place.get(KEY).and_then(Value::as_str).map(|key| self.text(key).into_owned());
        let mut clean = self.object(place);
        if let Some(key) = key {
            clean.insert(KEY.to_owned(), key.into());
        }
        clean
    }
}

fn clean(redactor: &Redactor, value: Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
        Value::String(text) => Value::String(redactor.text(&text).into_owned()),
        Value::Array(items) => items.into_iter().map(|item| clean(redactor, item)).collect(),
        Value::Object(object) => Value::Object(redactor.object(object)),
    }
}

/// That there is nothing, or a yes or no, is no secret.
fn masked(value: Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value,
        Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => MASK.into(),
    }
}
