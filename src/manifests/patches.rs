//! The values of Secrets in the patches of a kustomization, whether a patch is written out in it or
//! a file of its own.

use serde_json::{Map, Value, json};

use crate::manifests::{
    budget::Budget,
    documents,
    kustomization_fields::{texts, values},
    secrets,
};

/// A patch of a kustomization.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Patch {
    /// Its text, or the file that has it.
    pub(super) source: PatchSource,
    /// Whether its target may be a Secret; none where the patch itself says what it is for.
    of_secret: Option<bool>,
}

/// Where a patch is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PatchSource {
    Text(String),
    File(String),
}

/// The patches of a kustomization, and of the transformers written out in it or in files.
pub(super) fn patches(kustomization: &Value) -> Vec<Patch> {
    let merged = texts(kustomization, "patchesStrategicMerge").into_iter().map(|text| {
        match text.contains('\n') || text.trim_start().starts_with('{') {
            true => Patch { source: PatchSource::Text(text.to_owned()), of_secret: None },
            false => Patch { source: PatchSource::File(text.to_owned()), of_secret: None },
        }
    });
    let listed =
        ["patches", "patchesJson6902"].into_iter().flat_map(|field| values(kustomization, field));
    let listed = listed.filter_map(Value::as_array).flatten();
    // A PatchTransformer has the fields of an entry.
    merged.chain(listed.chain([kustomization]).flat_map(of_entry)).collect()
}

fn of_entry(entry: &Value) -> impl Iterator<Item = Patch> {
    let of_secret = values(entry, "target").next().map(may_be_secret);
    let written = ["patch", "jsonOp", "patches"].into_iter().flat_map(|field| texts(entry, field));
    let written = written.map(|text| PatchSource::Text(text.to_owned()));
    let files = ["path", "paths"]
        .into_iter()
        .flat_map(|field| texts(entry, field))
        .map(|text| PatchSource::File(text.to_owned()));
    written.chain(files).map(move |source| Patch { source, of_secret })
}

/// A target is a selector: its kind is a regular expression, and any if it has none.
fn may_be_secret(target: &Value) -> bool {
    values(target, "kind").find_map(Value::as_str).is_none_or(|kind| {
        kind.is_empty() || kind == "Secret" || !kind.chars().all(char::is_alphanumeric)
    })
}

impl Patch {
    /// The secrets in its text; none where kustomize is going to refuse it.
    pub(super) fn secrets(&self, text: &[u8]) -> Vec<Vec<u8>> {
        let values = documents::values(text, &mut Budget::new()).unwrap_or_default();
        values.iter().flat_map(|value| self.of_value(value)).collect()
    }

    fn of_value(&self, value: &Value) -> Vec<Vec<u8>> {
        match value {
            Value::Array(operations) if self.of_secret == Some(true) => {
                operations.iter().flat_map(of_operation).collect()
            }
            Value::Object(_) if self.of_secret == Some(true) => secrets::of_fields(value),
            _ => secrets::of_value(value),
        }
    }
}

/// What an operation of a JSON patch writes into a Secret.
fn of_operation(operation: &Value) -> Vec<Vec<u8>> {
    let path = operation.get("path").and_then(Value::as_str).unwrap_or_default();
    let value = operation.get("value").cloned().unwrap_or_default();
    let mut steps = path.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"));
    let object = match (steps.next(), steps.next()) {
        (None, _) => value,
        (Some(field), None) => json!({ field: value }),
        (Some(field), Some(key)) => json!({ field: Map::from_iter([(key, value)]) }),
    };
    secrets::of_fields(&object)
}
