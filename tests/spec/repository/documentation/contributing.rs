//! The walkthroughs of CONTRIBUTING.md name files and types that exist, and its commands are those
//! of the justfile.

use std::{collections::BTreeSet, fs, path::Path};

use boathook_testing::pages::{ROOT, section, spans, text};

const WALKTHROUGHS: [&str; 3] = ["## Add a step", "## Add a check", "## Add an observer"];

fn walkthroughs() -> String {
    let page = text("CONTRIBUTING.md");
    WALKTHROUGHS.map(|heading| section(&page, heading)).join("\n")
}

/// All code of a package.
fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                fs::read_to_string(&path).unwrap_or_default()
            }
        })
        .collect()
}

#[test]
fn the_files_that_the_walkthroughs_name_exist() {
    let text = walkthroughs();
    let paths: Vec<&str> = spans(&text).filter(|span| span.contains('/')).collect();
    assert!(paths.len() > 10, "{paths:?}");
    let missing: Vec<&str> =
        paths.into_iter().filter(|path| !Path::new(ROOT).join(path).exists()).collect();
    assert!(missing.is_empty(), "CONTRIBUTING.md names {missing:?}");
}

#[test]
fn the_types_and_functions_that_the_walkthroughs_name_exist() {
    let text = walkthroughs();
    let code = ["src", "crates"].map(|folder| sources(&Path::new(ROOT).join(folder))).concat();
    let is_name = |span: &&str| span.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let names: BTreeSet<&str> = spans(&text).filter(is_name).collect();
    let defined = |name: &str| {
        ["struct ", "enum ", "trait ", "type ", "fn ", "pub "].iter().any(|kind| {
            let start = format!("{kind}{name}");
            code.match_indices(&start).any(|(at, _)| {
                !code[at + start.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
            })
        })
    };
    assert!(names.len() >= 5, "{names:?}");
    let missing: Vec<&str> = names.into_iter().filter(|name| !defined(name)).collect();
    assert!(missing.is_empty(), "CONTRIBUTING.md names {missing:?}");
}

#[test]
fn the_recipes_that_contributing_names_are_those_of_the_justfile() {
    let justfile = text("justfile");
    let recipes =
        justfile.lines().filter(|line| !line.starts_with([' ', '#']) && line.contains(':'));
    let recipes: BTreeSet<&str> = recipes
        .filter_map(|line| line.split([' ', ':']).next())
        .filter(|name| *name != "default")
        .collect();
    let page = text("CONTRIBUTING.md");
    let named: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("    just ")?.split(' ').next()).collect();
    assert_eq!(named, recipes);
}
