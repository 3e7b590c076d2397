//! What a real cluster said to manifests (`tests/recordings/admission`).

use std::{fs, path::PathBuf};

use serde::Deserialize;
use serde_json::Value;

/// What a real cluster said to a manifest.
#[derive(Deserialize)]
pub struct Recorded {
    pub name: String,
    /// The YAML; a recording of a service that was created takes it from the one of its name.
    #[serde(default)]
    pub manifest: String,
    pub exit: i32,
    pub stderr: String,
    /// Metadata and spec as completed, where that is of interest.
    pub object: Option<Value>,
}

/// The 248 manifests, asked about in a dry run.
pub fn manifests() -> Vec<Recorded> {
    read("manifests.jsonl")
}

/// Those of them that were created for good, each under its own name.
pub fn created() -> Vec<Recorded> {
    let manifests = manifests();
    let mut created = read("created.jsonl");
    for one in &mut created {
        let manifest =
            &manifests.iter().find(|recorded| recorded.name == one.name).unwrap().manifest;
        one.manifest = manifest.replacen("  name: web\n", &format!("  name: {}\n", one.name), 1);
    }
    created
}

fn read(file: &str) -> Vec<Recorded> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/admission");
    let warning = fs::read_to_string(folder.join("warning.txt")).unwrap();
    let lines = fs::read_to_string(folder.join(file)).unwrap();
    let mut all: Vec<Recorded> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for one in &mut all {
        one.stderr = one.stderr.replace("<warning>", warning.trim_end());
    }
    all
}

/// The text without the random end of the name that the pod of a dry run has.
pub fn without_random_ends(text: &str) -> String {
    let parts: Vec<_> = text.split("\"dry-run-validation").collect();
    let rest = parts[1..].iter().map(|part| part.split_once('"').unwrap().1);
    std::iter::once(parts[0]).chain(rest).collect::<Vec<_>>().join("\"dry-run-validation\"")
}

/// The fields of an object that a recording has.
pub fn pick(object: &Value, recorded: &Value) -> Value {
    let fields = recorded.as_object().unwrap().keys();
    Value::Object(fields.map(|field| (field.clone(), object[field].clone())).collect())
}
