//! No file imports another in a circle, however the path is written, and no module hands on what
//! another one defines.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Production code; the sandbox is for tests.
const PACKAGES: [&str; 3] = ["src", "crates/boathook-core/src", "crates/boathook-process/src"];

/// A file's module, such as `["journal", "state", "progress"]`.
type Module = Vec<String>;

#[test]
fn no_file_imports_another_in_a_circle() {
    for package in PACKAGES {
        let circles = circles(&read(package));
        assert!(
            circles.is_empty(),
            "{package}: these files import each other in a circle; give what they share a file of \
             its own:\n{circles:#?}"
        );
    }
}

#[test]
fn no_module_hands_on_what_another_one_defines() {
    for package in PACKAGES {
        let tunnels = tunnels(&read(package));
        assert!(
            tunnels.is_empty(),
            "{package}: import these from the module that defines them:\n{}",
            tunnels.join("\n")
        );
    }
}

#[test]
fn circles_and_tunnels_are_found_through_re_exports_lists_and_paths_in_code() {
    let sources = |files: &[(&str, &str)]| -> BTreeMap<Module, String> {
        files
            .iter()
            .map(|(module, text)| {
                (
                    module.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect(),
                    code(text),
                )
            })
            .collect()
    };
    let circle = sources(&[
        ("", "pub mod a; pub mod b;"),
        ("a", "mod inner; mod other; pub use inner::{Inner, Other as Alias};"),
        ("a::inner", "use crate::{b::{self, B}, std::Foreign};"),
        ("a::other", "// use crate::a::inner;\nuse super::inner::Inner;"),
        ("b", "fn f() { crate::a::Alias::new(); }"),
    ]);
    assert_eq!(circles(&circle), [["a::inner", "b"]]);
    let through_super =
        sources(&[("a", ""), ("a::x", "use super::super::b::Y;"), ("b", "use crate::a::x::X;")]);
    assert_eq!(circles(&through_super), [["a::x", "b"]]);
    let none = sources(&[
        ("a", "mod x; pub use x::X;"),
        ("a::x", "use crate::b::Y;"),
        ("b", "pub struct Y;"),
    ]);
    assert!(circles(&none).is_empty());
    let tunnel = sources(&[
        ("a", "pub(crate) use crate::b::Y; pub use x::X;"),
        ("b", "pub use crate::b::z::Z;"),
    ]);
    assert_eq!(tunnels(&tunnel), ["a: crate::b::Y"]);
}

/// The code of a package, file by file.
fn read(package: &str) -> BTreeMap<Module, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(package);
    let (mut files, mut folders) = (BTreeMap::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.insert(
                    module(path.strip_prefix(&root).unwrap()),
                    code(&fs::read_to_string(&path).unwrap()),
                );
            }
        }
    }
    assert!(files.len() > 5, "{package} was not found");
    files
}

fn module(path: &Path) -> Module {
    let mut names: Module =
        path.with_extension("").iter().map(|name| name.to_string_lossy().into_owned()).collect();
    if names.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
        names.pop();
    }
    names
}

/// The text without line comments.
fn code(text: &str) -> String {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Files that lead back to themselves, each circle with its files in order.
fn circles(files: &BTreeMap<Module, String>) -> Vec<Vec<String>> {
    let exports = exports(files);
    let imported = files.iter().map(|(module, code)| {
        let targets = paths(code)
            .into_iter()
            .filter_map(|path| from_root(module, &path))
            .map(|path| defining(&path, files, &exports));
        let targets: BTreeSet<Module> =
            targets.filter(|target| target != module && !is_parent(target, module)).collect();
        (module.clone(), targets)
    });
    // A module's own file declares and re-exports what its files define; that is no import.
    let imports: BTreeMap<Module, BTreeSet<Module>> =
        imported.filter(|(module, _)| !files.keys().any(|file| is_parent(module, file))).collect();
    let mut found = BTreeSet::new();
    for start in imports.keys() {
        let reached = reached(start, &imports);
        if reached.contains(start) {
            let members =
                reached.iter().filter(|other| self::reached(other, &imports).contains(start));
            found.insert(members.map(|module| module.join("::")).collect::<Vec<_>>());
        }
    }
    found.into_iter().collect()
}

fn is_parent(parent: &Module, file: &Module) -> bool {
    parent.len() < file.len() && file.starts_with(parent)
}

fn reached(start: &Module, imports: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<Module> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![start]);
    while let Some(module) = open.pop() {
        for next in imports.get(module).into_iter().flatten() {
            if reached.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    reached
}

/// What each module re-exports: the name, and the path of what it stands for.
fn exports(files: &BTreeMap<Module, String>) -> BTreeMap<(Module, String), Module> {
    let mut exports = BTreeMap::new();
    for (module, code) in files {
        for statement in code.split(';').filter(|statement| is_re_export(statement)) {
            let tree =
                statement.split_once("use ").map_or("", |(_, tree)| tree).replace(" as ", "@");
            for mut path in trees(&tree) {
                let Some(last) = path.pop() else { continue };
                let (defined, name) = last.split_once('@').unwrap_or((&last, &last));
                path.push(defined.to_owned());
                let own = || module.iter().chain(&path).cloned().collect();
                exports.insert(
                    (module.clone(), name.to_owned()),
                    from_root(module, &path).unwrap_or_else(own),
                );
            }
        }
    }
    exports
}

fn is_re_export(statement: &str) -> bool {
    statement.trim_start().starts_with("pub")
        && statement.split_once("use ").is_some_and(|(before, _)| !before.contains(['{', '=']))
}

/// The module whose file defines what the path names.
fn defining(
    path: &[String],
    files: &BTreeMap<Module, String>,
    exports: &BTreeMap<(Module, String), Module>,
) -> Module {
    let known = (0..=path.len())
        .rev()
        .find(|length| files.contains_key(&path[..*length]))
        .unwrap_or_default();
    let (module, rest) = path.split_at(known);
    match rest.first().and_then(|name| exports.get(&(module.to_vec(), name.clone()))) {
        Some(target) if target.len() > known => {
            defining(&[target, &rest[1..]].concat(), files, exports)
        }
        _ => module.to_vec(),
    }
}

/// The path from the package's root; none if it does not begin there.
fn from_root(module: &Module, path: &[String]) -> Option<Module> {
    let up = path.iter().take_while(|name| *name == "super").count();
    match path.first()?.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([module, &path[1..]].concat()),
        "super" => Some([&module[..module.len().checked_sub(up)?], &path[up..]].concat()),
        _ => None,
    }
}

/// All paths that begin at the root or above: of imports, and in code.
fn paths(code: &str) -> Vec<Vec<String>> {
    let begins = ["crate::", "super::"]
        .iter()
        .flat_map(|prefix| code.match_indices(prefix))
        .map(|(at, _)| at);
    let whole = begins.filter(|at| {
        !code[..*at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':'))
    });
    whole.flat_map(|at| trees(&code[at..])).collect()
}

/// The paths of a tree of imports, such as `a::{b, c::{self, D as E}}`; what follows the tree is
/// left.
fn trees(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':' | '@')))
        .unwrap_or(text.len());
    let (head, rest) = text.split_at(end);
    let head: Vec<String> =
        head.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if !(rest.starts_with('{') && (text[..end].ends_with("::") || end == 0)) {
        return vec![head.into_iter().filter(|name| name != "self" || end == 4).collect()];
    }
    let inner = listed(&rest[1..]);
    inner
        .into_iter()
        .flat_map(trees)
        .map(|tail| {
            head.iter().cloned().chain(tail.into_iter().filter(|name| name != "self")).collect()
        })
        .collect()
}

/// The items of a list in braces, whose first brace was read.
fn listed(text: &str) -> Vec<&str> {
    let (mut level, mut from, mut items) = (0, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '{' => level += 1,
            '}' if level == 0 => {
                items.push(&text[from..at]);
                break;
            }
            '}' => level -= 1,
            ',' if level == 0 => {
                items.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    items.into_iter().filter(|item| !item.trim().is_empty()).collect()
}

/// Re-exports of what another top module defines.
fn tunnels(files: &BTreeMap<Module, String>) -> Vec<String> {
    let mut found = Vec::new();
    for (module, code) in files.iter().filter(|(module, _)| !module.is_empty()) {
        for statement in code.split(';').filter(|statement| is_re_export(statement)) {
            let paths = trees(statement.split_once("use ").map_or("", |(_, tree)| tree));
            let foreign = paths.into_iter().filter(|path| {
                from_root(module, path).is_some_and(|path| path.first() != module.first())
            });
            found.extend(foreign.map(|path| format!("{}: {}", module.join("::"), path.join("::"))));
        }
    }
    found
}
