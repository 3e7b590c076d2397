//! Fields that the schema does not have: dropped before any webhook sees the object.

use serde_json::{Value, json};

use crate::admission::schema::{SERVICE, Struct, Type};

/// Drops the fields that a service does not have, and names them, sorted.
pub(super) fn drop_unknown(object: &mut Value) -> Vec<String> {
    let mut unknown = Vec::new();
    walk(object, Type::Struct(&SERVICE), "", &mut unknown);
    unknown.sort();
    unknown
}

fn walk(value: &mut Value, holds: Type, path: &str, unknown: &mut Vec<String>) {
    match (holds, value) {
        (Type::Struct(known), Value::Object(fields)) if !known.open => {
            fields.retain(|name, _| {
                let is_known = known.field(name).is_some();
                if !is_known {
                    unknown.push(join(path, name));
                }
                is_known
            });
            for field in known.fields {
                if let Some(inner) = fields.get_mut(field.name) {
                    walk(inner, field.holds, &join(path, field.name), unknown);
                }
            }
        }
        (Type::List(item), Value::Array(values)) => {
            for (index, value) in values.iter_mut().enumerate() {
                walk(value, *item, &format!("{path}[{index}]"), unknown);
            }
        }
        _ => {}
    }
}

fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

/// Writes what the schema itself has as default, wherever the object around it is there.
pub(super) fn complete(object: &mut Value) {
    default(object, &SERVICE);
}

fn default(object: &mut Value, known: &Struct) {
    let Some(fields) = object.as_object_mut() else { return };
    for field in known.fields {
        if let Some(text) =
            field.default.filter(|_| fields.get(field.name).is_none_or(Value::is_null))
        {
            fields.insert(field.name.to_owned(), json!(text));
        }
        let Some(inner) = fields.get_mut(field.name) else { continue };
        match (field.holds, inner) {
            (Type::Struct(known), inner) => default(inner, known),
            (Type::List(Type::Struct(known)), Value::Array(items)) => {
                items.iter_mut().for_each(|item| default(item, known))
            }
            _ => {}
        }
    }
}
