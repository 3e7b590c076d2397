//! Modules import what docs/architecture.md lets them import, and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Files that declare modules with rows of their own.
const DECLARING: [&str; 2] = ["src/lib.rs", "crates/boathook-core/src/lib.rs"];

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
        let imported =
            imports(&code(&fs::read_to_string(Path::new(ROOT).join(&file)).unwrap()), &file);
        let lacking =
            imported.into_iter().filter(|name| *name != module && !allowed.contains(name));
        wrong.extend(
            lacking.map(|name| format!("{}: `{module}` may not import `{name}`", file.display())),
        );
    }
    assert!(
        wrong.is_empty(),
        "imports that the table in docs/architecture.md lacks:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_table_names_only_its_own_rows_and_points_one_way() {
    let table = table();
    let mut open: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (module, allowed) in &table {
        let Some(allowed) = allowed else { continue };
        assert!(
            allowed.iter().all(|name| table.contains_key(name)),
            "`{module}` may import something without a row: {allowed:?}"
        );
        open.insert(module, allowed.iter().map(String::as_str).collect());
    }
    while let Some(leaf) =
        open.iter().find(|(_, allowed)| allowed.is_empty()).map(|(module, _)| *module)
    {
        open.remove(leaf);
        open.values_mut().for_each(|allowed| allowed.retain(|name| *name != leaf));
    }
    assert!(open.is_empty(), "these rows import each other in a circle: {:?}", open.keys());
}

#[test]
fn no_package_hands_on_what_another_one_defines() {
    let hands_on = |file: &PathBuf| {
        let code = code(&fs::read_to_string(Path::new(ROOT).join(file)).unwrap());
        let uses = code
            .split(';')
            .filter_map(|statement| statement.trim_start().split_once("use boathook"));
        let tunnels = uses.filter(|(before, _)| {
            before.trim_end().ends_with("pub") || before.trim_end().ends_with(')')
        });
        tunnels
            .map(|(_, path)| format!("{}: pub use boathook{path}", file.display()))
            .collect::<Vec<_>>()
    };
    let tunnels: Vec<String> = sources().iter().flat_map(hands_on).collect();
    assert!(
        tunnels.is_empty(),
        "import these from the package that defines them:\n{}",
        tunnels.join("\n")
    );
}

#[test]
fn imports_are_found_in_every_way_they_are_written() {
    let code = code(
        "//! [`crate::server`]\nuse boathook_core::{clock, deployment::{Digest, x::y}};\n\
         use crate::{redact,\n  plan::Plan};\n\
         fn f() { crate::engine::run(); a::crate_name::b(); boathook_process::Command::new(); }\n\
         use super::super::steps::Hold;",
    );
    let found = |file: &str| imports(&code, Path::new(file));
    let expected =
        ["core::clock", "core::deployment", "redact", "plan", "engine", "process", "steps"];
    assert_eq!(found("src/journal/state.rs"), expected.map(str::to_owned).into());
    assert!(
        !found("src/server/dashboard/page.rs").contains("steps"),
        "two levels up from a third is not the crate"
    );
    let inside = [
        "core::clock",
        "core::deployment",
        "core::redact",
        "core::plan",
        "core::engine",
        "core::steps",
        "process",
    ];
    assert_eq!(found("crates/boathook-core/src/health/judge.rs"), inside.map(str::to_owned).into());
    let inside = ["core::clock", "core::deployment", "process", "sandbox"];
    assert_eq!(found("crates/boathook-sandbox/src/run.rs"), inside.map(str::to_owned).into());
}

fn table() -> Table {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/architecture.md")).unwrap();
    let (_, section) = text.split_once("## Who may import whom").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        (
            quoted(cells[1]).pop_first().unwrap(),
            if cells[2] == "all" { None } else { Some(quoted(cells[2])) },
        )
    })
    .collect()
}

/// What stands between back quotes.
fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Where each package's code is, and the name by which others import it.
const PACKAGES: [(&str, &str); 4] = [
    ("src", "boathook"),
    ("crates/boathook-core/src", "boathook_core"),
    ("crates/boathook-process/src", "boathook_process"),
    ("crates/boathook-sandbox/src", "boathook_sandbox"),
];

/// Every source file, as a path from the project's folder; a `lib.rs` with rows for its modules
/// only declares.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> =
        PACKAGES.iter().map(|(folder, _)| PathBuf::from(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(Path::new(ROOT).join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !DECLARING.iter().any(|file| path == Path::new(file))
            {
                files.push(path);
            }
        }
    }
    assert!(
        PACKAGES.iter().all(|(folder, _)| files.iter().any(|file| file.starts_with(folder))),
        "a package was not found"
    );
    files.sort();
    files
}

/// The package that a file belongs to, and its path in there.
fn place(file: &Path) -> (&'static str, &Path) {
    let found = PACKAGES
        .iter()
        .find_map(|(folder, package)| Some((*package, file.strip_prefix(folder).ok()?)));
    found.unwrap_or_else(|| panic!("{} belongs to no package", file.display()))
}

fn module_of(file: &Path) -> String {
    let (package, path) = place(file);
    let first = path.iter().next().unwrap().to_string_lossy().into_owned();
    row(package, first.trim_end_matches(".rs"))
}

/// The row of a package's module: the handler's have their own names, those of core the package's
/// before it, and the other packages are a row each.
fn row(package: &str, module: &str) -> String {
    match package {
        "boathook" => module.to_owned(),
        "boathook_core" => format!("core::{module}"),
        package => package.trim_start_matches("boathook_").to_owned(),
    }
}

/// How many times `super` leads from a file's module to the crate.
fn depth(path: &Path) -> usize {
    path.iter().count() - usize::from(path.ends_with("mod.rs"))
}

/// The text without line comments.
fn code(text: &str) -> String {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The rows of all paths that begin at a package's root.
fn imports(code: &str, file: &Path) -> BTreeSet<String> {
    let (own, path) = place(file);
    let to_root = ["crate::".to_owned(), "super::".repeat(depth(path))].map(|prefix| (own, prefix));
    let to_others = PACKAGES.map(|(_, package)| (package, format!("{package}::")));
    let prefixes: Vec<(&str, String)> = to_root.into_iter().chain(to_others).collect();
    let named = prefixes.iter().flat_map(|(package, prefix)| {
        places(code, prefix).flat_map(first_names).map(|name| row(package, &name))
    });
    named.collect()
}

/// What follows `prefix` wherever it stands as a whole word.
fn places<'a>(code: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    let whole_word =
        |at: &usize| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
    code.match_indices(prefix)
        .map(|(at, _)| at)
        .filter(whole_word)
        .map(|at| &code[at + prefix.len()..])
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
