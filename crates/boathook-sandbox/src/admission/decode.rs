//! The round trip of an object through Go's types in a webhook, and its errors.

use serde_json::{Map, Number, Value, json};

use crate::admission::{
    quantity,
    schema::{Field, SERVICE, Struct, Type, Unset},
};

/// A value that the Go type cannot hold, with Go's error.
pub(super) struct Unreadable(pub String);

/// Reads a service and writes it again: nulls and zeros go, quantities are normalised, what is
/// always written appears.
pub(super) fn round_trip(service: &Value) -> Result<Value, Unreadable> {
    decode(service, Type::Struct(&SERVICE), &mut Vec::new())
}

fn decode(value: &Value, holds: Type, path: &mut Vec<String>) -> Result<Value, Unreadable> {
    match (holds, value) {
        (Type::Opaque, value) => Ok(value.clone()),
        (_, Value::Null) => Ok(zero(holds)),
        (Type::Text(_), Value::String(_))
        | (Type::Bool, Value::Bool(_))
        | (Type::IntOrText, Value::String(_)) => Ok(value.clone()),
        (Type::Int32 | Type::Int64 | Type::IntOrText, Value::Number(number)) => {
            integer(number, holds, path)
        }
        (Type::Quantity, value) => quantity::normalised(value)
            .map(|text| json!(text))
            .map_err(|why| Unreadable(why.to_owned())),
        (Type::List(item), Value::Array(values)) => decode_list(values, *item, path),
        (Type::Map(_, inner), Value::Object(entries)) => decode_map(entries, *inner, path),
        (Type::Struct(known), Value::Object(fields)) => decode_struct(fields, known, path),
        (_, value) => Err(unreadable(kind_of(value), holds, path)),
    }
}

fn integer(number: &Number, holds: Type, path: &[String]) -> Result<Value, Unreadable> {
    let whole = number.as_i64().or_else(|| whole(number));
    let fits = |whole: &i64| matches!(holds, Type::Int64) || i32::try_from(*whole).is_ok();
    whole
        .filter(fits)
        .map(|whole| json!(whole))
        .ok_or_else(|| unreadable(&format!("number {number}"), holds, path))
}

/// `100.0` is 100 before any webhook sees it.
fn whole(number: &Number) -> Option<i64> {
    let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
    format!("{float:.0}").parse().ok()
}

fn decode_list(values: &[Value], item: Type, path: &mut Vec<String>) -> Result<Value, Unreadable> {
    let mut decoded = Vec::new();
    for (index, value) in values.iter().enumerate() {
        decoded.push(below(path, &index.to_string(), |path| decode(value, item, path))?);
    }
    Ok(Value::Array(decoded))
}

fn decode_map(
    entries: &Map<String, Value>,
    inner: Type,
    path: &mut Vec<String>,
) -> Result<Value, Unreadable> {
    let mut decoded = Map::new();
    for (key, value) in entries {
        decoded.insert(key.clone(), below(path, key, |path| decode(value, inner, path))?);
    }
    Ok(Value::Object(decoded))
}

fn decode_struct(
    fields: &Map<String, Value>,
    known: &Struct,
    path: &mut Vec<String>,
) -> Result<Value, Unreadable> {
    let mut decoded = Map::new();
    for (name, value) in fields {
        let Some(field) = known.field(name).filter(|_| !value.is_null()) else { continue };
        let value = below(path, name, |path| decode(value, field.holds, path))?;
        if field.unset != Unset::Omitted || !is_zero(&value) {
            decoded.insert(name.clone(), value);
        }
    }
    for Field { name, holds, unset, .. } in known.fields {
        if *unset == Unset::Written && !decoded.contains_key(*name) {
            decoded.insert((*name).to_owned(), zero(*holds));
        }
    }
    Ok(Value::Object(decoded))
}

fn below<T>(path: &mut Vec<String>, step: &str, read: impl FnOnce(&mut Vec<String>) -> T) -> T {
    path.push(step.replace('~', "~0").replace('/', "~1"));
    let read = read(path);
    path.pop();
    read
}

fn zero(holds: Type) -> Value {
    match holds {
        Type::Text(_) => json!(""),
        Type::Bool => json!(false),
        Type::Int32 | Type::Int64 | Type::IntOrText => json!(0),
        Type::Quantity => json!("0"),
        Type::List(_) | Type::Map(_, _) | Type::Opaque => Value::Null,
        Type::Struct(known) => {
            let written = known.fields.iter().filter(|field| field.unset == Unset::Written);
            Value::Object(written.map(|field| (field.name.to_owned(), zero(field.holds))).collect())
        }
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(set) => !set,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn unreadable(what: &str, holds: Type, path: &[String]) -> Unreadable {
    let place = path.join(".");
    Unreadable(format!(
        "json: cannot unmarshal {what} into Go struct field Service.{place} of type {}",
        holds.go()
    ))
}
