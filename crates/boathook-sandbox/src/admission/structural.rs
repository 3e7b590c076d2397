//! The schema's validation after the webhooks set defaults.

use serde_json::{Map, Value};

use crate::admission::schema::{SERVICE, Struct, Type};

/// Everything that the schema finds wrong: the lists that are not there first, then the items that
/// repeat another.
pub(super) fn wrong(object: &Value) -> Vec<String> {
    let mut absent = Vec::new();
    let mut repeated = Vec::new();
    walk(object, &SERVICE, "", &mut |path, value, key| match (value, key) {
        (Value::Null, _) => {
            absent.push(format!(
                "{path}: Invalid value: \"null\": {path} in body must be of type array: \"null\""
            ));
        }
        (Value::Array(items), Some(key)) => repeated.extend(repetitions(path, items, key)),
        _ => {}
    });
    absent.extend(repeated);
    absent
}

fn walk(
    object: &Value,
    known: &Struct,
    path: &str,
    list: &mut dyn FnMut(&str, &Value, Option<&str>),
) {
    for field in known.fields {
        let Some(value) = object.get(field.name) else { continue };
        let path =
            if path.is_empty() { field.name.to_owned() } else { format!("{path}.{}", field.name) };
        match field.holds {
            Type::Struct(known) => walk(value, known, &path, list),
            Type::List(item) => {
                list(&path, value, field.key);
                let Type::Struct(known) = item else { continue };
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    walk(value, known, &format!("{path}[{index}]"), list);
                }
            }
            _ => {}
        }
    }
}

fn repetitions(path: &str, items: &[Value], key: &str) -> Vec<String> {
    let repeats =
        |index: usize| items[..index].iter().any(|earlier| earlier[key] == items[index][key]);
    let line = |index: usize| {
        let keys: Map<String, Value> =
            std::iter::once((key.to_owned(), items[index][key].clone())).collect();
        format!("{path}[{index}]: Duplicate value: {}", Value::Object(keys))
    };
    (1..items.len()).filter(|index| repeats(*index)).map(line).collect()
}
