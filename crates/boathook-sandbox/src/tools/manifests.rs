//! The files that `kubectl apply -f` reads.

use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::{Kind, admission::unreadable_metadata};

/// One object and its file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Manifest {
    pub file: String,
    pub object: Value,
}

/// One object that has found its place.
pub(super) struct Placed {
    pub kind: Kind,
    pub namespace: String,
    pub name: String,
    pub file: String,
    pub object: Value,
}

/// Finds out what an object is and where it belongs.
pub(super) fn place(manifest: Manifest, namespace: Option<&str>) -> Result<Placed, String> {
    let Manifest { file, mut object } = manifest;
    if !object["metadata"].is_object() {
        return Err(format!(
            "error: error when retrieving current configuration of:\n\
             from server for: \"{file}\": resource name may not be empty"
        ));
    }
    if let Some(why) = unreadable_metadata(&object) {
        return Err(format!("error: unable to decode \"{file}\": {why}"));
    }
    let text = |field: &Value| field.as_str().unwrap_or_default().to_owned();
    let version = text(&object["apiVersion"]);
    let word = text(&object["kind"]);
    let name = text(&object["metadata"]["name"]);
    let own = text(&object["metadata"]["namespace"]);
    let Some(kind) = Kind::of(&version, &word) else {
        return Err(format!(
            "error: resource mapping not found for name: \"{name}\" namespace: \"{own}\" from \
             \"{file}\": no matches for kind \"{word}\" in version \"{version}\"\n\
             ensure CRDs are installed first"
        ));
    };
    if let Some(given) =
        namespace.filter(|given| kind.is_namespaced() && !own.is_empty() && *given != own)
    {
        return Err(format!(
            "error: the namespace from the provided object \"{own}\" does not match the namespace \
             \"{given}\". You must pass '--namespace={own}' to perform this operation."
        ));
    }
    let namespace = if own.is_empty() { namespace.unwrap_or("default").to_owned() } else { own };
    if kind.is_namespaced() {
        object["metadata"]["namespace"] = json!(namespace);
    }
    Ok(Placed { kind, namespace, name, file, object })
}

/// Reads a file, or the files of a folder in the order of their names. A file that cannot be read
/// does not keep the others back; its line on stderr stands in its place.
pub(super) fn read(directory: Option<&Path>, path: &str) -> Vec<Result<Manifest, String>> {
    let full = directory.map_or_else(|| PathBuf::from(path), |directory| directory.join(path));
    if full.is_file() {
        return read_file(&full, path);
    }
    let Ok(entries) = std::fs::read_dir(&full) else {
        return vec![Err(format!("error: the path \"{path}\" does not exist"))];
    };
    let mut names: Vec<_> = entries
        .flatten()
        .filter(|entry| entry.path().is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.retain(|name| [".json", ".yaml", ".yml"].iter().any(|end| name.ends_with(end)));
    names.sort();
    if names.is_empty() {
        return vec![Err(format!(
            "error: error reading [{path}]: recognized file extensions are [.json .yaml .yml]"
        ))];
    }
    names
        .iter()
        .flat_map(|name| {
            read_file(&full.join(name), &format!("{}/{name}", path.trim_end_matches('/')))
        })
        .collect()
}

fn read_file(path: &Path, shown: &str) -> Vec<Result<Manifest, String>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return vec![Err(format!("error: error reading {shown}: {error}"))],
    };
    let mut manifests = Vec::new();
    for document in serde_yaml::Deserializer::from_str(&text) {
        match Value::deserialize(document) {
            Ok(Value::Null) => {}
            Ok(object) => manifests.extend(parts(object, shown)),
            Err(error) => {
                // After an error the reader would give the same one for ever.
                manifests.push(Err(format!(
                    "error: error parsing {shown}: error converting YAML to JSON: yaml: {error}"
                )));
                break;
            }
        }
    }
    manifests
}

/// Replaces a `List` by its items.
fn parts(object: Value, file: &str) -> Vec<Result<Manifest, String>> {
    let manifest = |object: Value| Ok(Manifest { file: file.to_owned(), object });
    if object["kind"] == "List" {
        return object["items"].as_array().into_iter().flatten().cloned().map(manifest).collect();
    }
    if object["kind"].is_string() {
        return vec![manifest(object)];
    }
    vec![Err(format!("error: unable to decode \"{file}\": Object 'Kind' is missing in '{object}'"))]
}
