//! docs/real-programs.md and docs/kargo-cases.md name a test in each row, and each finding that a row
//! names is a script.

use std::path::Path;

use crate::support::tables_of_tests::{ROOT, assert_tested, assert_whole, is_a_test, quoted, rows};

/// Version, what it does, how it was seen, what boathook does, and the test.
fn real_programs() -> Vec<Vec<String>> {
    rows("docs/real-programs.md", "version")
}

/// The case, what boathook does, and the test.
fn kargo_cases() -> Vec<Vec<String>> {
    rows("docs/kargo-cases.md", "case")
}

#[test]
fn every_row_about_a_real_program_and_of_kargos_cases_is_whole() {
    assert_whole(&real_programs(), 5);
    assert_whole(&kargo_cases(), 3);
}

#[test]
fn every_row_names_a_test_that_exists() {
    assert_tested(&real_programs());
    assert_tested(&kargo_cases());
    assert!(!is_a_test("rollout::pulling::no_such_test"));
}

#[test]
fn every_finding_that_a_row_names_is_a_script() {
    let rows = real_programs();
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
