//! Tables of the documentation that name a test in each row. Holds no test.

use std::{fs, path::Path};

pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where the tests are.
const SPECIFICATIONS: [&str; 5] = [
    "tests/spec",
    "tests/processes",
    "crates/boathook-core/tests/spec",
    "crates/boathook-process/tests/spec",
    "crates/boathook-sandbox/tests/spec",
];

/// The rows of a file's tables, whose first column has this heading.
pub fn rows(file: &str, heading: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(Path::new(ROOT).join(file)).unwrap();
    let heading = format!("| {heading} ");
    let is_row = |line: &&str| line.starts_with("| ") && !line.starts_with(&heading);
    text.lines()
        .filter(is_row)
        .map(|line| {
            line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}

/// What stands in backquotes.
pub fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Whether `module::function` is a function in `module.rs` or `module/mod.rs` of a specification.
pub fn is_a_test(name: &str) -> bool {
    let Some((module, function)) = name.rsplit_once("::") else { return false };
    let modules =
        SPECIFICATIONS.map(|folder| Path::new(ROOT).join(folder).join(module.replace("::", "/")));
    let mut files =
        modules.iter().flat_map(|module| [module.with_extension("rs"), module.join("mod.rs")]);
    files.any(|file| {
        fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("fn {function}(")))
    })
}

/// That there are rows, each with so many columns, of which none is empty.
pub fn assert_whole(rows: &[Vec<String>], columns: usize) {
    assert!(!rows.is_empty());
    let broken: Vec<&Vec<String>> = rows
        .iter()
        .filter(|row| row.len() != columns || row.iter().any(String::is_empty))
        .collect();
    assert!(broken.is_empty(), "rows without all {columns} columns: {broken:#?}");
}

/// That the last column of each row names tests, and that they exist.
pub fn assert_tested(rows: &[Vec<String>]) {
    let is_tested = |row: &Vec<String>| {
        let tests = row.last().map(|cell| quoted(cell)).unwrap_or_default();
        !tests.is_empty() && tests.into_iter().all(is_a_test)
    };
    let broken: Vec<&Vec<String>> = rows.iter().filter(|row| !is_tested(row)).collect();
    assert!(broken.is_empty(), "rows whose test does not exist: {broken:#?}");
}
