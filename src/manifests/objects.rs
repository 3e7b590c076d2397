//! Objects as kubectl sees them: lists are split into items, and anything else is refused.

use boathook_core::objects::Document;
use serde_json::{Map, Value};

use crate::manifests::Fault;

/// Metadata fields that kubectl reads as text.
const TEXTS: [&str; 3] = ["name", "generateName", "namespace"];
/// Metadata fields that are maps of text.
const MAPS: [&str; 2] = ["labels", "annotations"];

/// The objects in a document: none if it is empty, the items of a list, or itself.
pub(super) fn of(value: Value) -> Result<Vec<Document>, Fault> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Object(mut object) => match object.remove("items") {
            // An object with `items` is a list, whatever its kind.
            Some(items) => of_list(&object, items),
            None => checked(object).map(|document| vec![document]),
        },
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Fault::of(format!(
                "a document is {}, and not an object with apiVersion, kind and metadata",
                kind_of(&value)
            )))
        }
    }
}

fn of_list(list: &Map<String, Value>, items: Value) -> Result<Vec<Document>, Fault> {
    let text = |field| list.get(field).and_then(Value::as_str).unwrap_or_default();
    let api_version = text("apiVersion");
    let kind = text("kind");
    if kind.is_empty() {
        return Err(Fault::of("a list (an object with `items`) has no kind; write `kind: List`"));
    }
    if let Some(wrong) = wrong_metadata(list) {
        return Err(Fault::of(format!("{kind}: {wrong}")));
    }
    let items = match items {
        Value::Null => Vec::new(),
        Value::Array(items) => items,
        other => {
            return Err(Fault::of(format!(
                "the `items` of a {kind} are {}, and not a list",
                kind_of(&other)
            )));
        }
    };
    let mut documents = Vec::new();
    for item in items {
        let Value::Object(mut item) = item else {
            return Err(Fault::of(format!(
                "an item of a {kind} is {}, and not an object",
                kind_of(&item)
            )));
        };
        if item.contains_key("items") {
            return Err(Fault::of(format!(
                "an item of a {kind} is a list itself, which kubectl does not take; write its items out"
            )));
        }
        // In a ConfigMapList each item may omit its kind.
        if ["kind", "apiVersion"]
            .iter()
            .all(|field| item.get(*field).and_then(Value::as_str).is_none_or(str::is_empty))
        {
            item.insert("apiVersion".to_owned(), api_version.into());
            item.insert("kind".to_owned(), kind.strip_suffix("List").unwrap_or(kind).into());
        }
        documents.push(checked(item)?);
    }
    Ok(documents)
}

fn checked(object: Map<String, Value>) -> Result<Document, Fault> {
    let wrong = wrong_metadata(&object);
    let document = Document(Value::Object(object));
    let api_version = document.api_version();
    let kind = document.kind();
    let name = document.name();
    if kind.is_empty() || api_version.is_empty() {
        let missing = if kind.is_empty() { "kind" } else { "apiVersion" };
        let named = if name.is_empty() { String::new() } else { format!(" `{name}`") };
        return Err(Fault::of(format!("an object{named} has no {missing}")));
    }
    if let Some(wrong) = wrong {
        return Err(Fault::of(format!("{kind}/{name}: {wrong}")));
    }
    if name.is_empty() {
        return Err(Fault::of(format!(
            "a {kind} has no metadata.name, without which it cannot be applied"
        )));
    }
    Ok(document)
}

/// The problem of the metadata that kubectl would refuse, and what to do.
fn wrong_metadata(object: &Map<String, Value>) -> Option<String> {
    let metadata = match object.get("metadata")? {
        Value::Object(metadata) => metadata,
        Value::Null => return None,
        other => return Some(format!("metadata is {}, and not a mapping", kind_of(other))),
    };
    let no_text = |path: String, value: &Value| {
        let is_wrong = !value.is_string() && !value.is_null();
        is_wrong.then(|| {
            format!(
                "metadata.{path} is {}, and kubectl takes a text only; put it in quotes",
                kind_of(value)
            )
        })
    };
    let in_map = |map: &str| match metadata.get(map)? {
        Value::Object(entries) => {
            entries.iter().find_map(|(key, value)| no_text(format!("{map}.{key}"), value))
        }
        Value::Null => None,
        other => Some(format!("metadata.{map} is {}, and not a mapping", kind_of(other))),
    };
    let text = TEXTS.iter().find_map(|field| no_text((*field).to_owned(), metadata.get(*field)?));
    text.or_else(|| MAPS.iter().find_map(|map| in_map(map)))
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
