//! What a regular expression needs that a plain build of boathook does not have: a dependency of
//! the tests turns it on for them.

use std::{
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Where the packages are, and folders in there that are in no program.
const CODE: [&str; 2] = ["src", "crates"];
const OF_TESTS: [&str; 2] = ["tests", "boathook-testing"];
/// Classes of the feature `unicode-perl`, and those by script or category.
const CLASSES: [&str; 8] = [r"\s", r"\S", r"\d", r"\D", r"\w", r"\W", r"\p", r"\P"];
/// Boundaries of the same feature.
const BOUNDARIES: [&str; 2] = [r"\b", r"\B"];
/// What makes every boundary one of ASCII.
const ASCII: &str = r#".replace(r"\b", r"(?-u:\b)")"#;

#[test]
fn no_pattern_has_a_class_that_only_the_tests_build_knows() {
    let manifest = fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap();
    let regex = manifest.lines().find(|line| line.starts_with("regex = ")).unwrap();
    assert!(
        !regex.contains("unicode-perl") && regex.contains("default-features = false"),
        "this test is no longer needed: {regex}"
    );
    let mut wrong = Vec::new();
    let mut found = 0;
    let is_of_tests = |file: &PathBuf| {
        let within = file.strip_prefix(ROOT).unwrap();
        OF_TESTS.iter().any(|folder| within.iter().any(|part| part == *folder))
    };
    let files = CODE.iter().flat_map(|folder| sources(&Path::new(ROOT).join(folder)));
    for file in files.filter(|file| !is_of_tests(file)) {
        let text = fs::read_to_string(&file).unwrap();
        if !text.contains("Regex") {
            continue;
        }
        found += 1;
        for (number, line) in text.lines().enumerate() {
            if let Some(class) = unknown_class(line, text.contains(ASCII)) {
                wrong.push(format!(
                    "{}:{}: `{class}`; write out what it means, as in [ \\t\\r\\n]",
                    file.display(),
                    number + 1
                ));
            }
        }
    }
    assert!(found > 3, "no patterns were found");
    assert!(wrong.is_empty(), "a plain build panics at these:\n{}", wrong.join("\n"));
}

#[test]
fn classes_are_found_in_patterns_and_not_in_comments_or_escaped() {
    assert_eq!(unknown_class(r##"Regex::new(r"://[^/\s]*")"##, false), Some(r"\s"));
    assert_eq!(unknown_class(r##"Regex::new("[0-9]\\d")"##, false), Some(r"\d"));
    assert_eq!(unknown_class(r##"regex(r"\bcode")"##, false), Some(r"\b"));
    assert_eq!(unknown_class(r##"regex(r"\bcode")"##, true), None);
    assert_eq!(unknown_class(r##"Regex::new(r"[ \t]+\.") // as \s"##, false), None);
}

fn unknown_class(line: &str, ascii_boundaries: bool) -> Option<&'static str> {
    let code = line.split("// ").next().unwrap_or_default();
    let boundaries = BOUNDARIES.iter().filter(|_| !ascii_boundaries);
    CLASSES.iter().chain(boundaries).copied().find(|class| code.contains(class))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}
