//! Keys that stand twice in one mapping. kubectl keeps the later entry and says nothing; the API
//! server never gets the other one, so its strict validation has nothing to report.

use std::collections::HashMap;

use crate::manifests::{
    Fault, decode, stream,
    tree::{Kind, Scalar, Tree},
};

/// As many of a file are reported at most.
const KEPT: usize = 10;
/// Characters of a key that are shown.
const SHOWN: usize = 60;

/// The keys of a file whose earlier entry is lost, each where the later one stands. What cannot be
/// read as YAML has none: whoever reads the file says what is wrong with it.
pub(super) fn keys(bytes: &[u8]) -> Vec<Fault> {
    let parts = stream::parts(&decode::text(bytes)).unwrap_or_default();
    let mut found = Vec::new();
    for part in parts {
        let Ok(Some((tree, _))) = Tree::read(&part.text) else { continue };
        found.extend(of_tree(&tree).into_iter().map(|fault| fault.below(part.lines_before)));
    }
    found.truncate(KEPT);
    found
}

fn of_tree(tree: &Tree) -> Vec<Fault> {
    tree.nodes()
        .filter_map(|node| match &node.kind {
            Kind::Mapping(entries) => Some(entries),
            Kind::Scalar(_) | Kind::Sequence(_) | Kind::Alias(_) => None,
        })
        .flat_map(|entries| {
            let mut seen: HashMap<&Scalar, usize> = HashMap::new();
            entries.iter().filter_map(move |(key, _)| {
                let node = tree.node(tree.meant(*key));
                let Kind::Scalar(scalar) = &node.kind else { return None };
                let place = tree.node(*key).place;
                let earlier = seen.insert(scalar, place.line)?;
                let shown: String = scalar.text.chars().take(SHOWN).collect();
                Some(Fault::at(
                    place,
                    format!(
                        "`{shown}` stands here a second time; kubectl keeps this entry, and drops the one of line {earlier} in silence"
                    ),
                ))
            })
        })
        .collect()
}
