//! docs/real-programs.md names a test for each row, and each finding that it names is a script.

use std::{fs, path::Path};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Version, what it does, how it was seen, what boathook does, and the test.
const COLUMNS: usize = 5;

fn rows() -> Vec<Vec<String>> {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/real-programs.md")).unwrap();
    let is_row = |line: &&str| line.starts_with("| ") && !line.starts_with("| version");
    text.lines()
        .filter(is_row)
        .map(|line| {
            line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}

/// What stands in backquotes.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Where the tests are.
const SPECIFICATIONS: [&str; 5] = [
    "tests/spec",
    "tests/processes",
    "crates/boathook-core/tests/spec",
    "crates/boathook-process/tests/spec",
    "crates/boathook-sandbox/tests/spec",
];

/// Whether `module::function` is a function in `module.rs` or `module/mod.rs` of a specification.
fn is_a_test(name: &str) -> bool {
    let Some((module, function)) = name.rsplit_once("::") else { return false };
    let modules =
        SPECIFICATIONS.map(|folder| Path::new(ROOT).join(folder).join(module.replace("::", "/")));
    let mut files =
        modules.iter().flat_map(|module| [module.with_extension("rs"), module.join("mod.rs")]);
    files.any(|file| {
        fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("fn {function}(")))
    })
}

#[test]
fn every_row_about_a_real_program_is_whole() {
    let rows = rows();
    assert!(!rows.is_empty());
    let broken: Vec<&Vec<String>> = rows
        .iter()
        .filter(|row| row.len() != COLUMNS || row.iter().any(String::is_empty))
        .collect();
    assert!(broken.is_empty(), "rows without all {COLUMNS} columns: {broken:#?}");
}

#[test]
fn every_row_about_a_real_program_names_a_test_that_exists() {
    let rows = rows();
    let tests = |row: &Vec<String>| {
        row.last()
            .map(|cell| quoted(cell).into_iter().map(str::to_owned).collect::<Vec<_>>())
            .unwrap_or_default()
    };
    let broken: Vec<&Vec<String>> = rows
        .iter()
        .filter(|row| tests(row).is_empty() || !tests(row).iter().all(|name| is_a_test(name)))
        .collect();
    assert!(broken.is_empty(), "rows whose test does not exist: {broken:#?}");
    assert!(!is_a_test("rollout::pulling::no_such_test"));
}

#[test]
fn every_finding_that_a_row_names_is_a_script() {
    let rows = rows();
    let named: Vec<&str> = rows
        .iter()
        .flat_map(|row| quoted(&row[2]))
        .filter_map(|name| name.strip_prefix("findings/"))
        .collect();
    assert!(!named.is_empty());
    let missing: Vec<&&str> = named
        .iter()
        .filter(|name| !Path::new(ROOT).join("findings").join(name).is_file())
        .collect();
    assert!(missing.is_empty(), "no such finding: {missing:?}");
}
