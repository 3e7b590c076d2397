//! Every decision has a number, a date and a status, and stands in the index.

use std::fs;

use boathook_testing::pages::{ROOT, rows, text};

#[test]
fn every_decision_has_a_date_and_a_status_and_is_in_the_index() {
    let entries = fs::read_dir(format!("{ROOT}/docs/decisions")).unwrap();
    let mut files: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    files.sort();
    let expected: Vec<String> = files.iter().map(|file| row(file)).collect();
    let index = text("docs/decisions/README.md");
    let indexed: Vec<String> = rows(&index)
        .iter()
        .filter(|row| row[0].starts_with('['))
        .map(|row| row.join(" | "))
        .collect();
    assert_eq!(
        indexed, expected,
        "docs/decisions/README.md has a row for each decision: number and link, title, date, status"
    );
}

/// The row of the index that fits a file, whose first lines are `# 4. Title` and, after an empty
/// one, `2026-11-22 · accepted`.
fn row(file: &str) -> String {
    let text = text(&format!("docs/decisions/{file}"));
    let mut lines = text.lines();
    let heading = lines.next().and_then(|line| line.strip_prefix("# ")?.split_once(". "));
    let dated = lines.nth(1).and_then(|line| line.split_once(" · "));
    let (Some((number, title)), Some((date, status))) = (heading, dated) else {
        panic!("{file} begins otherwise than `# 4. Title`, an empty line, `2026-11-22 · accepted`")
    };
    assert_eq!(
        file[..4].parse::<u32>().ok(),
        number.parse().ok(),
        "{file} has another number in its heading"
    );
    assert!(date.parse::<jiff::civil::Date>().is_ok(), "{file}: {date} is no date");
    format!("[{number}]({file}) | {title} | {date} | {status}")
}
