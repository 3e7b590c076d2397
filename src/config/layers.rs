//! Layers of settings, each value marked with the file or variable it came from, and merged so that
//! the later layer wins.

use ::config::{File, FileFormat, Map, Source, Value, ValueKind};

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

/// Lays one tree over the other, section by section; lists are replaced as a whole.
pub(super) fn merge(layers: impl IntoIterator<Item = Tree>) -> Result<Tree, ConfigError> {
    let failed = |error: ::config::ConfigError| ConfigError::Syntax {
        origin: "configuration".to_owned(),
        message: error.to_string(),
    };
    let builder = layers
        .into_iter()
        .fold(::config::Config::builder(), |builder, layer| builder.add_source(Layer(layer)));
    builder.build().and_then(|config| config.collect()).map_err(failed)
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

#[derive(Clone, Debug)]
struct Layer(Tree);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Tree, ::config::ConfigError> {
        Ok(self.0.clone())
    }
}
