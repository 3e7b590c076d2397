//! The commands that CONTRIBUTING.md shows are those of the justfile.

use std::collections::BTreeSet;

use super::pages::text;

#[test]
fn the_recipes_that_contributing_names_are_those_of_the_justfile() {
    let justfile = text("justfile");
    let recipes = justfile.lines().filter(|line| !line.starts_with([' ', '#']) && line.contains(':'));
    let recipes: BTreeSet<&str> = recipes.filter_map(|line| line.split([' ', ':']).next()).filter(|name| *name != "default").collect();
    let page = text("CONTRIBUTING.md");
    let named: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix("    just ")?.split(' ').next()).collect();
    assert_eq!(named, recipes);
}
