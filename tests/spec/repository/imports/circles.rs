//! No file imports another in a circle, nor do the modules of one folder.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{Graph, IMPORTS};

#[test]
fn no_file_imports_another_in_a_circle() {
    assert_none("give what they share a file of its own", &IMPORTS);
}

#[test]
fn no_module_imports_another_one_of_its_folder_in_a_circle() {
    assert_none("move what they share below both", &siblings(&IMPORTS));
}

fn assert_none(advice: &str, imports: &Graph) {
    let left: Vec<String> = circles(imports)
        .into_iter()
        .map(|(module, targets)| {
            let targets: Vec<String> = targets.iter().map(|target| target.join("::")).collect();
            format!("{} -> {}", module.join("::"), targets.join(", "))
        })
        .collect();
    assert!(left.is_empty(), "these import each other in a circle; {advice}:\n{}", left.join("\n"));
}

/// What is left of a graph without all that leads nowhere, and then without what leads to a circle
/// and is in none.
pub fn circles<T: Ord + Clone>(imports: &BTreeMap<T, BTreeSet<T>>) -> BTreeMap<T, BTreeSet<T>> {
    let mut left = imports.clone();
    let mut before = 0;
    while left.len() != before {
        before = left.len();
        let imported: BTreeSet<T> = left.values().flatten().cloned().collect();
        left.retain(|module, targets| !targets.is_empty() && imported.contains(module));
        let modules: BTreeSet<T> = left.keys().cloned().collect();
        left.values_mut().for_each(|targets| targets.retain(|target| modules.contains(target)));
    }
    let leads_back: BTreeMap<T, BTreeSet<T>> =
        left.keys().map(|module| (module.clone(), reached(module, &left))).collect();
    for (module, targets) in &mut left {
        targets.retain(|target| leads_back[target].contains(module));
    }
    left.retain(|_, targets| !targets.is_empty());
    left
}

fn reached<T: Ord + Clone>(start: &T, imports: &BTreeMap<T, BTreeSet<T>>) -> BTreeSet<T> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start];
    while let Some(module) = open.pop() {
        open.extend(imports[module].iter().filter(|next| reached.insert((*next).clone())));
    }
    reached
}

/// The same imports, each between the two modules of the folder where their paths part.
pub fn siblings(imports: &Graph) -> Graph {
    let mut between = Graph::new();
    let pairs = imports.iter().flat_map(|(module, all)| all.iter().map(move |one| (module, one)));
    for (module, target) in pairs {
        let shared = module.iter().zip(target).take_while(|(one, other)| one == other).count();
        if let (Some(from), Some(to)) = (module.get(..=shared), target.get(..=shared)) {
            between.entry(from.to_vec()).or_default().insert(to.to_vec());
        }
    }
    between
}
