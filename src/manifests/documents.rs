//! A file's objects.

use boathook_core::objects::Document;
use serde_json::Value;

use crate::manifests::{
    Fault,
    budget::Budget,
    convert, decode, json, objects,
    stream::{self, Part},
    tree::Tree,
};

/// The objects in a file's bytes, in their order, as kubectl would send them.
pub fn documents(bytes: &[u8]) -> Result<Vec<Document>, Fault> {
    read(bytes, &mut Budget::new())
}

pub(super) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Vec<Document>, Fault> {
    let mut documents = Vec::new();
    for value in values(bytes, budget)? {
        documents.extend(objects::of(value)?);
    }
    Ok(documents)
}

/// The values of a file's documents, of any kind.
pub(super) fn values(bytes: &[u8], budget: &mut Budget) -> Result<Vec<Value>, Fault> {
    let text = decode::text(bytes);
    let mut values = Vec::new();
    if json::is_json(&text) {
        let json::Read { values: objects, rest } = json::read(&text, budget)?;
        let many = objects.len() > 1;
        values.extend(objects);
        if let Some((rest, fault)) = rest {
            // A file that is neither valid JSON nor valid YAML is most likely meant as JSON.
            let read = if many { Err(fault) } else { yaml(&rest, budget).map_err(|_| fault) };
            values.extend(read?);
        }
    } else {
        values.extend(yaml(&Part { text, lines_before: 0 }, budget)?);
    }
    Ok(values)
}

fn yaml(part: &Part, budget: &mut Budget) -> Result<Vec<Value>, Fault> {
    let parts = stream::parts(&part.text).map_err(|fault| fault.below(part.lines_before))?;
    let mut values = Vec::new();
    for Part { text, lines_before } in parts {
        let below = |fault: Fault| fault.below(part.lines_before + lines_before);
        let Some((tree, root)) = Tree::read(&text).map_err(below)? else { continue };
        values.push(convert::value(&tree, root, budget).map_err(below)?);
    }
    Ok(values)
}
