//! The recordings in `tests/recordings/failing`.

use std::{fs, path::Path};

use serde_json::Value;

/// One case: what was applied, and what was seen.
pub struct Recording {
    pub name: String,
    pub first: String,
    /// What was applied at the first step; empty if nothing was.
    pub second: String,
    pub lines: Vec<Value>,
}

/// All cases, by name.
pub fn all() -> Vec<Recording> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/failing");
    let mut cases: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .map(|path| Recording::read(&path))
        .collect();
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    cases
}

impl Recording {
    fn read(path: &Path) -> Self {
        let manifest = fs::read_to_string(path.with_extension("yaml")).unwrap();
        let (first, second) = manifest.split_once("--- # second\n").unwrap_or((&manifest, ""));
        let lines = fs::read_to_string(path).unwrap();
        Self {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            first: first.to_owned(),
            second: second.to_owned(),
            lines: lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        }
    }

    /// The namespace of its service.
    pub fn namespace(&self) -> &str {
        let after = self.first.split("name: web, namespace: ").nth(1).unwrap();
        after.split('}').next().unwrap()
    }

    /// The lines of a kind, with their times.
    pub fn of(&self, kind: &str) -> impl Iterator<Item = (f64, &Value)> {
        self.lines
            .iter()
            .filter(move |line| line["kind"] == kind)
            .map(|line| (line["t"].as_f64().unwrap(), line))
    }

    /// When the last line was written.
    pub fn end(&self) -> f64 {
        self.lines.last().unwrap()["t"].as_f64().unwrap()
    }
}
