//! The files that `kubectl apply -f` reads.

use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use serde_json::Value;

/// One object and the file that it stands in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Manifest {
    pub file: String,
    pub object: Value,
}

/// Reads a file, or the files of a folder in the order of their names. A file that cannot be read does not keep the others back; its
/// line on stderr stands in its place.
pub(super) fn read(directory: Option<&Path>, path: &str) -> Vec<Result<Manifest, String>> {
    let full = directory.map_or_else(|| PathBuf::from(path), |directory| directory.join(path));
    if full.is_file() {
        return read_file(&full, path);
    }
    let Ok(entries) = std::fs::read_dir(&full) else {
        return vec![Err(format!("error: the path \"{path}\" does not exist"))];
    };
    let mut names: Vec<_> =
        entries.flatten().filter(|entry| entry.path().is_file()).filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| [".json", ".yaml", ".yml"].iter().any(|end| name.ends_with(end)));
    names.sort();
    if names.is_empty() {
        return vec![Err(format!("error: error reading [{path}]: recognized file extensions are [.json .yaml .yml]"))];
    }
    names.iter().flat_map(|name| read_file(&full.join(name), &format!("{}/{name}", path.trim_end_matches('/')))).collect()
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
                manifests.push(Err(format!("error: error parsing {shown}: error converting YAML to JSON: yaml: {error}")));
                break;
            }
        }
    }
    manifests
}

/// A `List` stands for its items.
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
