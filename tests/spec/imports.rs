//! Modules import what docs/architecture.md lets them import, and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Module to what it may import; `None` is everything.
type Table = BTreeMap<String, Option<BTreeSet<String>>>;

#[test]
fn no_module_imports_what_the_table_lacks() {
    let table = table();
    let mut wrong = Vec::new();
    for file in sources() {
        let module = module_of(&file);
        let Some(row) = table.get(&module) else {
            wrong.push(format!("{}: the table has no row for `{module}`", file.display()));
            continue;
        };
        let Some(allowed) = row else { continue };
        let imported = imports(&code(&fs::read_to_string(Path::new(ROOT).join(&file)).unwrap()), depth(&file));
        let lacking = imported.into_iter().filter(|name| *name != module && !allowed.contains(name));
        wrong.extend(lacking.map(|name| format!("{}: `{module}` may not import `{name}`", file.display())));
    }
    assert!(wrong.is_empty(), "imports that the table in docs/architecture.md lacks:\n{}", wrong.join("\n"));
}

#[test]
fn the_table_names_only_its_own_rows_and_points_one_way() {
    let table = table();
    let mut open: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (module, allowed) in &table {
        let Some(allowed) = allowed else { continue };
        assert!(allowed.iter().all(|name| table.contains_key(name)), "`{module}` may import something without a row: {allowed:?}");
        open.insert(module, allowed.iter().map(String::as_str).collect());
    }
    while let Some(leaf) = open.iter().find(|(_, allowed)| allowed.is_empty()).map(|(module, _)| *module) {
        open.remove(leaf);
        open.values_mut().for_each(|allowed| allowed.retain(|name| *name != leaf));
    }
    assert!(open.is_empty(), "these rows import each other in a circle: {:?}", open.keys());
}

#[test]
fn imports_are_found_in_every_way_they_are_written() {
    let code = code(
        "//! [`crate::server`]\nuse crate::{clock, deployment::{Digest, x::y},\n  plan::Plan};\nfn f() { crate::engine::run(); a::crate_name::b(); }\nuse super::super::steps::Hold;",
    );
    assert_eq!(imports(&code, 2), BTreeSet::from(["clock", "deployment", "plan", "engine", "steps"].map(str::to_owned)));
    assert!(!imports(&code, 3).contains("steps"), "two levels up from a third is not the crate");
}

fn table() -> Table {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/architecture.md")).unwrap();
    let (_, section) = text.split_once("## Who may import whom").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        (quoted(cells[1]).pop_first().unwrap(), if cells[2] == "all" { None } else { Some(quoted(cells[2])) })
    })
    .collect()
}

/// What stands between back quotes.
fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Every source file, as a path from the project's folder; `lib.rs` only declares.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(Path::new(ROOT).join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && path != Path::new("src/lib.rs") {
                files.push(path);
            }
        }
    }
    assert!(files.len() > 10, "src/ was not found");
    files.sort();
    files
}

fn module_of(file: &Path) -> String {
    let first = file.iter().nth(1).unwrap().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// How many times `super` leads from a file's module to the crate.
fn depth(file: &Path) -> usize {
    file.iter().count() - if file.ends_with("mod.rs") { 2 } else { 1 }
}

/// The text without line comments.
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The first names of all paths that begin at the crate.
fn imports(code: &str, depth: usize) -> BTreeSet<String> {
    let to_crate = ["crate::".to_owned(), "super::".repeat(depth)];
    to_crate.iter().flat_map(|prefix| places(code, prefix)).flat_map(first_names).collect()
}

/// What follows `prefix` wherever it stands as a whole word.
fn places<'a>(code: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    let whole_word = |at: &usize| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
    code.match_indices(prefix).map(|(at, _)| at).filter(whole_word).map(|at| &code[at + prefix.len()..])
}

/// One name, or the first name of each path in a list in braces.
fn first_names(path: &str) -> Vec<String> {
    let Some(list) = path.strip_prefix('{') else { return vec![name(path)] };
    let mut level = 0;
    let top_level = list.chars().scan((), |(), c| {
        level += i32::from(c == '{') - i32::from(c == '}');
        (level >= 0).then_some(if level == 0 && c != '}' { c } else { ' ' })
    });
    top_level.collect::<String>().split(',').map(name).filter(|name| !name.is_empty()).collect()
}

fn name(path: &str) -> String {
    path.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}
