//! Converts nodes to JSON: scalars resolved, aliases expanded, mappings merged.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Number, Value};

use crate::manifests::{
    Fault,
    budget::{Budget, DEPTH_MAX},
    keys,
    resolve::resolve,
    resolved::Resolved,
    tree::{Index, Kind, Node, Scalar, Tree, too_deep},
};

const MERGE_TAG: &str = "tag:yaml.org,2002:merge";

/// A value, or why JSON has none such. kubectl reads a whole document before it writes JSON, so the
/// reason counts only if no later entry of the same key replaces the value.
type Kept = Result<Value, Fault>;

/// The value of a node and all below it.
pub(super) fn value(tree: &Tree, root: Index, budget: &mut Budget) -> Result<Value, Fault> {
    Converter { tree, budget, within: Vec::new() }.value(root)?
}

struct Converter<'a> {
    tree: &'a Tree,
    budget: &'a mut Budget,
    /// The nodes around the one that is being read.
    within: Vec<Index>,
}

/// A mapping under construction, with the spelling of each key.
#[derive(Default)]
struct Mapping {
    entries: BTreeMap<String, Kept>,
    written: HashMap<String, (String, Resolved)>,
    /// The first key that JSON cannot have, or that stands there in two spellings.
    key_fault: Option<Fault>,
}

impl Converter<'_> {
    fn value(&mut self, index: Index) -> Result<Kept, Fault> {
        let index = self.tree.meant(index);
        let node = self.tree.node(index);
        match &node.kind {
            Kind::Scalar(scalar) => self.scalar(node, scalar),
            Kind::Sequence(items) => self.inside(index, |all| {
                all.budget.spend(0)?;
                let items: Vec<Kept> =
                    items.iter().map(|item| all.value(*item)).collect::<Result<_, _>>()?;
                Ok(items.into_iter().collect())
            }),
            Kind::Mapping(_) => self.inside(index, |all| {
                all.budget.spend(0)?;
                let mut mapping = Mapping::default();
                all.fill(index, &mut mapping)?;
                Ok(mapping.kept())
            }),
            Kind::Alias(_) => Err(Fault::at(node.place, "an alias of an alias")),
        }
    }

    /// Reads the content of a node, unless the node contains itself.
    fn inside<T>(
        &mut self,
        index: Index,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let place = self.tree.node(index).place;
        if self.within.contains(&index) {
            return Err(Fault::at(place, "this contains an alias of itself"));
        }
        if self.within.len() == DEPTH_MAX {
            return Err(Fault::at(place, too_deep()));
        }
        self.within.push(index);
        let read = read(self).map_err(|fault| fault.or_at(place));
        self.within.pop();
        read
    }

    fn scalar(&mut self, node: &Node, scalar: &Scalar) -> Result<Kept, Fault> {
        self.budget.spend(scalar.text.len())?;
        let resolved = resolve(scalar).map_err(|fault| fault.or_at(node.place))?;
        Ok(json(resolved).map_err(|fault| fault.or_at(node.place)))
    }

    /// Merges a mapping's entries, in order: later ones win.
    fn fill(&mut self, index: Index, mapping: &mut Mapping) -> Result<(), Fault> {
        let Kind::Mapping(entries) = &self.tree.node(index).kind else {
            return Err(Fault::at(
                self.tree.node(index).place,
                "`<<` takes a mapping, or a list of mappings",
            ));
        };
        for (key, value) in entries {
            if is_merge(self.tree.node(*key)) {
                self.merge(*value, mapping)?;
            } else {
                let written = self.key(*key)?;
                let value = self.value(*value)?;
                if let Err(fault) = mapping.set(written, value) {
                    let place = self.tree.node(self.tree.meant(*key)).place;
                    mapping.key_fault.get_or_insert(fault.or_at(place));
                }
            }
        }
        Ok(())
    }

    /// In a list the first wins, so it is merged last.
    fn merge(&mut self, value: Index, mapping: &mut Mapping) -> Result<(), Fault> {
        let merged = match &self.tree.node(value).kind {
            Kind::Sequence(items) => items.iter().rev().copied().collect(),
            Kind::Scalar(_) | Kind::Mapping(_) | Kind::Alias(_) => vec![value],
        };
        for index in merged {
            let index = self.tree.meant(index);
            self.inside(index, |all| {
                all.budget.spend(0)?;
                all.fill(index, mapping)
            })?;
        }
        Ok(())
    }

    /// A key's spelling.
    fn key(&mut self, index: Index) -> Result<(String, Resolved), Fault> {
        let node = self.tree.node(self.tree.meant(index));
        let Kind::Scalar(scalar) = &node.kind else {
            return Err(Fault::at(
                node.place,
                "a key is a list or a mapping, and JSON has no such keys",
            ));
        };
        self.budget.spend(scalar.text.len())?;
        let resolved = resolve(scalar).map_err(|fault| fault.or_at(node.place))?;
        Ok((scalar.text.clone(), resolved))
    }
}

impl Mapping {
    /// A key with the same spelling replaces the one before, as in kubectl; one with a different
    /// spelling is refused: of `1` and `"1"` kubectl takes one at random.
    fn set(&mut self, written: (String, Resolved), value: Kept) -> Result<(), Fault> {
        let key = keys::text(written.1.clone())?;
        match self.written.get(&key) {
            Some(before) if *before != written => {
                let before = shown(before);
                let now = shown(&written);
                return Err(Fault::of(format!(
                    "the keys {before} and {now} are both \"{key}\" to kubectl; write one of them, in quotes where it is a text"
                )));
            }
            Some(_) => {}
            None => drop(self.written.insert(key.clone(), written)),
        }
        self.entries.insert(key, value);
        Ok(())
    }

    fn kept(self) -> Kept {
        if let Some(fault) = self.key_fault {
            return Err(fault);
        }
        let entries = self.entries.into_iter().map(|(key, value)| Ok((key, value?)));
        Ok(Value::Object(entries.collect::<Result<Map<_, _>, Fault>>()?))
    }
}

/// Whether a key merges its value into the mapping around it.
pub(super) fn is_merge(key: &Node) -> bool {
    match &key.kind {
        Kind::Scalar(Scalar { text, tag, plain }) => {
            text == "<<" && (*plain || tag.as_deref() == Some(MERGE_TAG))
        }
        Kind::Sequence(_) | Kind::Mapping(_) | Kind::Alias(_) => false,
    }
}

/// A key's spelling.
fn shown((text, resolved): &(String, Resolved)) -> String {
    match resolved {
        Resolved::Text(_) => format!("\"{text}\""),
        Resolved::Null
        | Resolved::Bool(_)
        | Resolved::Integer(_)
        | Resolved::Unsigned(_)
        | Resolved::Float(_) => format!("`{text}`"),
    }
}

fn json(resolved: Resolved) -> Result<Value, Fault> {
    Ok(match resolved {
        Resolved::Null => Value::Null,
        Resolved::Bool(yes) => Value::Bool(yes),
        Resolved::Integer(number) => number.into(),
        #[expect(clippy::cast_precision_loss, reason = "kubectl loses it too")]
        Resolved::Unsigned(number) => float(number as f64)?,
        Resolved::Float(number) => float(number)?,
        Resolved::Text(text) => text.into(),
    })
}

/// A float that kubectl writes without a fraction is a whole number, where 64 bits hold it. It
/// writes the shortest digits and fills up with zeros, so a large one may become another number.
pub(super) fn float(number: f64) -> Result<Value, Fault> {
    if let Ok(whole) = number.to_string().parse::<i64>() {
        return Ok(whole.into());
    }
    Number::from_f64(number).map(Value::Number).ok_or_else(|| {
        Fault::of("JSON has neither `.inf` nor `.nan`; put it in quotes where it is a text")
    })
}
