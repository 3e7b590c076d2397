//! Layers of settings, each value marked with the file or variable it came from, and merged so that
//! the later layer wins.

use ::config::{File, FileFormat, Map, Source as _, Value, ValueKind};

use crate::config::{ConfigError, Problem};

/// Settings by key.
pub(super) type Tree = Map<String, Value>;

/// Reads YAML; every value in it says that it came from `origin`.
pub(super) fn yaml(origin: &str, text: &str) -> Result<Tree, ConfigError> {
    let syntax = |error: ::config::ConfigError| ConfigError::Syntax {
        origin: origin.to_owned(),
        message: error.to_string(),
    };
    let tree = File::from_str(text, FileFormat::Yaml).collect().map_err(syntax)?;
    Ok(tree.into_iter().map(|(key, value)| (key, marked(value, origin))).collect())
}

/// Lays each tree over those before it, section by section; lists are replaced as a whole.
pub(super) fn merge(layers: impl IntoIterator<Item = Tree>) -> Tree {
    let mut merged = Tree::new();
    layers.into_iter().for_each(|layer| lay_over(&mut merged, layer));
    merged
}

/// Lays a tree over another.
pub(super) fn lay_over(below: &mut Tree, above: Tree) {
    for (key, value) in above {
        match value.kind {
            ValueKind::Table(section) => {
                let under = below.entry(key).or_insert_with(|| ValueKind::Nil.into());
                if !matches!(under.kind, ValueKind::Table(_)) {
                    *under = section_of(Tree::new());
                }
                if let ValueKind::Table(under) = &mut under.kind {
                    lay_over(under, section);
                }
            }
            _ => drop(below.insert(key, value)),
        }
    }
}

/// A tree as a value, which is of no single origin.
pub(super) fn section_of(tree: Tree) -> Value {
    Value::new(None, ValueKind::Table(tree))
}

/// Takes a section out of a tree; an absent one is empty.
pub(super) fn take_section(tree: &mut Tree, key: &str) -> Result<Tree, Problem> {
    let Some(value) = tree.remove(key) else { return Ok(Tree::new()) };
    let origin = value.origin().unwrap_or_default().to_owned();
    value.into_table().map_err(|_| Problem::new(&origin, key, "expected a section"))
}

/// Where the value at a key path came from.
pub(super) fn origin_of<'a>(tree: &'a Tree, path: &str) -> Option<&'a str> {
    let mut keys = path.split('.');
    let first = tree.get(keys.next()?)?;
    let value = keys.try_fold(first, |value, key| match &value.kind {
        ValueKind::Table(section) => section.get(key),
        _ => None,
    });
    value?.origin()
}

/// Resets the value at a key path to another tree's value, or removes it if that has none; a list
/// is reset as a whole. Returns whether the path exists.
pub(super) fn put_back(tree: &mut Tree, from: &Tree, path: &str) -> bool {
    let path = path.split('[').next().unwrap_or_default();
    let Some((key, rest)) = path.split_once('.') else {
        return match from.get(path) {
            Some(value) => {
                tree.insert(path.to_owned(), value.clone()).is_none_or(|before| before != *value)
            }
            None => tree.remove(path).is_some(),
        };
    };
    let nothing = Tree::new();
    let from = match from.get(key).map(|value| &value.kind) {
        Some(ValueKind::Table(section)) => section,
        _ => &nothing,
    };
    match tree.get_mut(key).map(|value| &mut value.kind) {
        Some(ValueKind::Table(section)) => put_back(section, from, rest),
        _ => false,
    }
}

fn marked(value: Value, origin: &str) -> Value {
    let kind = match value.kind {
        ValueKind::Array(items) => {
            ValueKind::Array(items.into_iter().map(|item| marked(item, origin)).collect())
        }
        ValueKind::Table(section) => ValueKind::Table(
            section.into_iter().map(|(key, value)| (key, marked(value, origin))).collect(),
        ),
        other => other,
    };
    Value::new(Some(&origin.to_owned()), kind)
}
