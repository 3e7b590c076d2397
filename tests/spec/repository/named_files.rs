//! The scripts that a file of this repository names are there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use regex::Regex;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where scripts are named.
const READ: [&str; 17] = [
    ".ci",
    ".github",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.toml",
    "Dockerfile",
    "README.md",
    "benches",
    "crates",
    "docs",
    "justfile",
    "packaging",
    "scripts",
    "src",
    "tests/processes",
    "tests/spec",
    "trials",
];

#[test]
fn every_script_that_a_file_names_is_there() {
    let name =
        Regex::new(r"(?:^|[^A-Za-z0-9_/.-])((?:benches|packaging|scripts|trials)/[A-Za-z0-9_/-]+\.(?:jq|lua|py|sh))(?:[^A-Za-z0-9_]|$)")
            .unwrap();
    let mut missing = Vec::new();
    let mut found = 0;
    for file in READ.iter().flat_map(|path| files(&Path::new(ROOT).join(path))) {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        for named in name.captures_iter(&text).map(|captures| captures[1].to_owned()) {
            found += 1;
            if !Path::new(ROOT).join(&named).is_file() {
                missing.push(format!("{} names {named}", file.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(found > 30, "{found}");
}

/// The files at and below a path, which need not be there.
fn files(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(path) else { return vec![path.to_owned()] };
    entries.flat_map(|entry| files(&entry.unwrap().path())).collect()
}
