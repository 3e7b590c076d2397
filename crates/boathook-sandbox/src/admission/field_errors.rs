//! The field errors of Knative's validation, and their messages.
//!
//! Findings with the same message and details become one line that names all their paths; paths and
//! lines are sorted.

use std::{collections::BTreeMap, fmt::Display};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Error,
    Warning,
}

#[derive(Clone, Debug)]
struct FieldError {
    level: Level,
    message: String,
    details: String,
    paths: Vec<String>,
}

/// A list of findings, in no order.
#[derive(Clone, Debug, Default)]
pub(in crate::admission) struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Nothing found.
    pub(in crate::admission) const fn none() -> Self {
        Self(Vec::new())
    }

    /// A field error with this message.
    pub(in crate::admission) fn one(message: impl Into<String>, paths: &[&str]) -> Self {
        let paths = paths.iter().map(|&path| path.to_owned()).collect();
        Self(vec![FieldError {
            level: Level::Error,
            message: message.into(),
            details: String::new(),
            paths,
        }])
    }

    /// A field that has to be there and is not.
    pub(in crate::admission) fn missing(path: &str) -> Self {
        Self::one("missing field(s)", &[path])
    }

    /// Fields that Knative does not allow.
    pub(in crate::admission) fn disallowed(paths: &[&str]) -> Self {
        if paths.is_empty() { Self::none() } else { Self::one("must not set the field(s)", paths) }
    }

    /// A value that the field cannot have.
    pub(in crate::admission) fn invalid(value: impl Display, path: &str) -> Self {
        Self::one(format!("invalid value: {value}"), &[path])
    }

    /// A key that a map cannot have.
    pub(in crate::admission) fn invalid_key(key: &str, path: &str) -> Self {
        Self::one(format!("invalid key name \"{key}\""), &[path])
    }

    /// A value outside its range.
    pub(in crate::admission) fn out_of_bounds(
        value: impl Display,
        low: impl Display,
        high: impl Display,
        path: &str,
    ) -> Self {
        Self::one(format!("expected {low} <= {value} <= {high}"), &[path])
    }

    /// None of several fields, of which one has to be there.
    pub(in crate::admission) fn missing_one_of(paths: &[&str]) -> Self {
        Self::one("expected exactly one, got neither", paths)
    }

    /// Several fields that exclude each other.
    pub(in crate::admission) fn multiple_one_of(paths: &[&str]) -> Self {
        Self::one("expected exactly one, got both", paths)
    }

    /// The same, with a line more behind each.
    pub(in crate::admission) fn with_details(mut self, details: impl Into<String>) -> Self {
        let details = details.into();
        self.0.iter_mut().for_each(|error| error.details.clone_from(&details));
        self
    }

    /// The same, as warnings, which refuse nothing.
    pub(in crate::admission) fn into_warnings(mut self) -> Self {
        self.0.iter_mut().for_each(|error| error.level = Level::Warning);
        self
    }

    /// Several lists as one.
    pub(in crate::admission) fn all(lists: impl IntoIterator<Item = Self>) -> Self {
        Self(lists.into_iter().flat_map(|list| list.0).collect())
    }

    /// Takes another list in.
    pub(in crate::admission) fn add(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The same, seen from the object that holds the field.
    pub(in crate::admission) fn via(mut self, prefix: &str) -> Self {
        for path in self.0.iter_mut().flat_map(|error| &mut error.paths) {
            *path = flatten(&[prefix, path]);
        }
        self
    }

    /// The same, seen from the list that holds the item.
    pub(in crate::admission) fn via_index(self, index: usize) -> Self {
        self.via(&format!("[{index}]"))
    }

    /// The lines that refuse, if there are any.
    pub(in crate::admission) fn refusal(&self) -> Option<String> {
        let lines = self.lines(Level::Error);
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// The lines that only warn.
    pub(in crate::admission) fn warnings(&self) -> Vec<String> {
        self.lines(Level::Warning)
    }

    fn lines(&self, level: Level) -> Vec<String> {
        let mut merged: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for error in self.0.iter().filter(|error| error.level == level) {
            merged
                .entry((&error.message, &error.details))
                .or_default()
                .extend(error.paths.iter().map(String::as_str));
        }
        let line = |((message, details), mut paths): ((&str, &str), Vec<&str>)| {
            paths.sort_unstable();
            paths.dedup();
            let behind = if details.is_empty() { String::new() } else { format!("\n{details}") };
            format!("{message}: {}{behind}", paths.join(", "))
        };
        merged.into_iter().map(line).collect()
    }
}

/// Joins parts of a path: an index belongs to the name before it, and an empty part is the field
/// itself.
fn flatten(parts: &[&str]) -> String {
    let mut path = String::new();
    for part in parts.iter().flat_map(|part| part.split('.')).filter(|part| !part.is_empty()) {
        let is_index = part.starts_with('[') && part.ends_with(']');
        if !path.is_empty() && !is_index {
            path.push('.');
        }
        path.push_str(part);
    }
    path
}
