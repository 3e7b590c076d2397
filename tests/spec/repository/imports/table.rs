//! Modules import what docs/architecture.md lets them import, and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use super::{
    circles::circles,
    tree::{Graph, IMPORTS, Module, Tree},
};

/// Module to what it may import; `None` is everything.
type Table = BTreeMap<String, Option<BTreeSet<String>>>;

#[test]
fn no_module_imports_what_the_table_lacks() {
    assert_eq!(lacking(&table(), &IMPORTS), Vec::<String>::new());
}

#[test]
fn the_table_allows_nothing_that_no_module_imports() {
    let mut unused = table();
    for (module, target) in pairs(&IMPORTS) {
        if let Some(Some(allowed)) = row(module).and_then(|row| unused.get_mut(&row)) {
            allowed.retain(|name| row(target).as_ref() != Some(name));
        }
    }
    unused.retain(|_, allowed| allowed.as_ref().is_some_and(|allowed| !allowed.is_empty()));
    assert_eq!(unused, Table::new(), "remove these from docs/architecture.md");
}

#[test]
fn the_table_names_only_its_own_rows_and_points_one_way() {
    let table = table();
    let rows: BTreeMap<String, BTreeSet<String>> =
        table.into_iter().filter_map(|(module, allowed)| Some((module, allowed?))).collect();
    for (module, allowed) in &rows {
        let lacks: Vec<&String> = allowed.iter().filter(|name| !rows.contains_key(*name)).collect();
        assert!(lacks.is_empty(), "`{module}` may import what has no row, or all: {lacks:?}");
    }
    assert_eq!(circles(&rows), BTreeMap::new(), "these rows import each other in a circle");
}

#[test]
fn an_import_that_the_table_lacks_is_found() {
    let table = table();
    let files = [
        ("boathook", ""),
        ("boathook::steps", "use boathook_core::{clock, deployment::Digest}; use crate::server;"),
        ("boathook::server", "mod new;"),
        ("boathook::new", ""),
        ("boathook_core", ""),
        ("boathook_core::clock", "fn f() { boathook::steps::run() }"),
        ("boathook_core::deployment", ""),
    ];
    let expected = [
        "boathook::new: the table has no row for `new`",
        "boathook::steps: `steps` may not import boathook::server",
        "boathook_core::clock: `core::clock` may not import boathook::steps",
    ];
    assert_eq!(lacking(&table, &Tree::of(&files).imports()), expected);
}

fn lacking(table: &Table, imports: &Graph) -> Vec<String> {
    let without_row = imports.keys().filter_map(|module| {
        let row = row(module).filter(|row| !table.contains_key(row))?;
        Some(format!("{}: the table has no row for `{row}`", module.join("::")))
    });
    let forbidden = pairs(imports).filter_map(|(module, target)| {
        let own = row(module)?;
        let name = row(target)?;
        let is_lacking = own != name && !table.get(&own)?.as_ref()?.contains(&name);
        is_lacking
            .then(|| format!("{}: `{own}` may not import {}", module.join("::"), target.join("::")))
    });
    without_row.chain(forbidden).collect()
}

fn pairs(imports: &Graph) -> impl Iterator<Item = (&Module, &Module)> {
    imports.iter().flat_map(|(module, targets)| targets.iter().map(move |target| (module, target)))
}

/// The row of a file: the handler's modules have their own names, those of core the package's
/// before it, and the other packages are a row each. A file that only declares them has none.
fn row(module: &Module) -> Option<String> {
    match module[0].as_str() {
        "boathook" => module.get(1).cloned(),
        "boathook_core" => module.get(1).map(|name| format!("core::{name}")),
        package => Some(package.trim_start_matches("boathook_").to_owned()),
    }
}

fn table() -> Table {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let text = fs::read_to_string(path).unwrap();
    let (_, section) = text.split_once("## Who may import whom").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let allowed = if cells[2] == "all" { None } else { Some(quoted(cells[2])) };
        (quoted(cells[1]).pop_first().unwrap(), allowed)
    })
    .collect()
}

/// What stands between back quotes.
fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
