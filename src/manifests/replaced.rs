//! Keys that stand twice in one mapping. kubectl keeps the later entry and says nothing; the API
//! server never gets the other one, so its strict validation has nothing to report.

use std::collections::HashMap;

use boathook_core::deployment::beginning;

use crate::manifests::{
    Fault,
    convert::is_merge,
    decode,
    error::TextPosition,
    resolve::resolve,
    resolved::Resolved,
    stream::{self, Part},
    tree::{Index, Kind, Tree},
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
    for Part { text, lines_before } in parts {
        let Ok(Some((tree, _))) = Tree::read(&text) else { continue };
        for node in tree.nodes() {
            let Kind::Mapping(entries) = &node.kind else { continue };
            found.extend(in_mapping(&tree, entries, lines_before));
        }
    }
    found.truncate(KEPT);
    found
}

fn in_mapping(tree: &Tree, entries: &[(Index, Index)], lines_before: usize) -> Vec<Fault> {
    let mut found = Vec::new();
    // By its text, what each key means and where it stands: kubectl takes the same text with the
    // same meaning for one key.
    let mut seen: HashMap<&str, Vec<(Resolved, usize)>> = HashMap::new();
    for (key, _) in entries {
        let node = tree.node(tree.meant(*key));
        let Kind::Scalar(scalar) = &node.kind else { continue };
        let Ok(meaning) = resolve(scalar) else { continue };
        if is_merge(tree.node(*key)) {
            continue;
        }
        let place = tree.node(*key).place;
        let before = seen.entry(&scalar.text).or_default();
        match before.iter_mut().find(|(earlier, _)| *earlier == meaning) {
            None => before.push((meaning, place.line)),
            Some((_, line)) => {
                let earlier = std::mem::replace(line, place.line) + lines_before;
                found.push(twice(&scalar.text, place, earlier).below(lines_before));
            }
        }
    }
    found
}

fn twice(key: &str, place: TextPosition, earlier: usize) -> Fault {
    let shown = beginning(key, SHOWN);
    Fault::at(
        place,
        format!(
            "`{shown}` stands here a second time; kubectl keeps this entry, and drops the one of line {earlier} in silence"
        ),
    )
}
