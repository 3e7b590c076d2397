//! The values of Secrets in the files of a bundle, before anything is built from them.

use std::path::{Component, Path, PathBuf};

use boathook_core::deployment::Bundle;
use serde_json::Value;

use crate::manifests::{
    budget::Budget,
    documents,
    kustomization_fields::values,
    patches::{PatchSource, patches},
    secrets,
};

/// The first file of a bundle with the values of a Secret: a Secret itself, one that a kustomization
/// generates, a patch of one, or leave to make one of something else. A file that cannot be read as
/// manifests, also because aliases make the bundle too large, counts where its text says so.
#[must_use]
pub fn secret_in(bundle: &Bundle) -> Option<&str> {
    let mut budget = Budget::new();
    let mut files = bundle.files().iter();
    let found = files.find(|(path, bytes)| holds_secret(bundle, path.as_str(), bytes, &mut budget));
    found.map(|(path, _)| path.as_str())
}

/// The values of the Secrets in a bundle that are written out in it.
#[must_use]
pub fn secrets_in(bundle: &Bundle) -> Vec<Vec<u8>> {
    let mut budget = Budget::new();
    let mut found = Vec::new();
    for bytes in bundle.files().values() {
        let values = documents::values(bytes, &mut budget).unwrap_or_default();
        found.extend(values.iter().flat_map(every_object).flat_map(secrets::of_value));
    }
    found
}

fn holds_secret(bundle: &Bundle, path: &str, bytes: &[u8], budget: &mut Budget) -> bool {
    let Ok(all) = documents::values(bytes, budget) else {
        return says_secret(&String::from_utf8_lossy(bytes));
    };
    all.iter().any(|value| {
        every_object(value).into_iter().any(|object| {
            !secrets::of_value(object).is_empty() || generates(object) || changes_kinds(object)
        }) || patches_secret(bundle, path, value)
    })
}

/// Whether a patch may make a Secret of another object.
fn changes_kinds(object: &Value) -> bool {
    values(object, "allowKindChange").any(|value| *value != Value::Bool(false))
}

/// A value and everything in it: lists of objects may lie in each other.
fn every_object(value: &Value) -> Vec<&Value> {
    let mut all = Vec::new();
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Array(items) => waiting.extend(items),
            Value::Object(entries) => {
                all.push(value);
                waiting.extend(entries.values());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    all
}

fn generates(object: &Value) -> bool {
    let is_generator = object.get("kind").and_then(Value::as_str) == Some("SecretGenerator");
    is_generator || values(object, "secretGenerator").any(|value| !value.is_null())
}

fn patches_secret(bundle: &Bundle, path: &str, kustomization: &Value) -> bool {
    patches(kustomization).iter().any(|patch| match &patch.source {
        PatchSource::Text(text) => !patch.secrets(text.as_bytes()).is_empty(),
        PatchSource::File(file) => {
            let file = beside(path, file);
            let bytes = file.to_str().and_then(|file| bundle.files().get(file));
            bytes.is_some_and(|bytes| !patch.secrets(bytes).is_empty())
        }
    })
}

/// The path of a file that another one names.
fn beside(path: &str, named: &str) -> PathBuf {
    let mut whole = Path::new(path).parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(named).components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            Component::Normal(name) => whole.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    whole
}

fn says_secret(text: &str) -> bool {
    let plain = text.replace(['"', '\'', ' ', '\t'], "");
    plain.contains("kind:Secret") || plain.contains("secretGenerator:")
}
