//! The fields of a JSON object, taken out one by one. Problems are collected, so that a sender
//! learns of every bad field at once.
//!
//! It knows how fields are spelled, not which ones there are.

use std::fmt::Display;

use boathook_core::{deployment::beginning, similar::mistyped};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::redact::without_shapes;

/// What is wrong with one field, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct FieldProblem {
    /// The field's name in the body.
    pub field: String,
    /// What is wrong with it, and what to do.
    pub message: String,
}

/// An object whose fields are being taken out.
pub(super) struct Fields {
    object: Map<String, Value>,
    /// The fields that were asked for so far.
    known: Vec<&'static str>,
    problems: Vec<FieldProblem>,
}

impl Fields {
    pub(super) const fn new(object: Map<String, Value>) -> Self {
        Self { object, known: Vec::new(), problems: Vec::new() }
    }

    /// Notes what is wrong with a field.
    pub(super) fn wrong(&mut self, field: &str, message: impl Display) {
        self.problems.push(FieldProblem {
            field: shown(field),
            message: without_shapes(&message.to_string()).into_owned(),
        });
    }

    /// A text that must be there and must parse.
    pub(super) fn required<T, E: Display>(
        &mut self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match self.value(field) {
            Some(value) => self.parsed(field, value, parse),
            None => {
                self.wrong(field, format_args!("`{field}` is required"));
                None
            }
        }
    }

    /// A text that parses if it is there.
    pub(super) fn optional<T, E: Display>(
        &mut self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.value(field).and_then(|value| self.parsed(field, value, parse))
    }

    /// A short free text; an empty one counts as absent, because senders write that where a
    /// variable is not set.
    pub(super) fn words(&mut self, field: &'static str, max: usize) -> Option<String> {
        let within = |text: &str| {
            if text.chars().count() <= max {
                Ok(text.to_owned())
            } else {
                Err(format!("`{field}` is longer than {max} characters"))
            }
        };
        self.optional(field, within).filter(|text| !text.is_empty())
    }

    /// A whole number as text, where the sender wrote it without quotes.
    pub(super) fn unquote_number(&mut self, field: &str) {
        if let Some(value) = self.object.get_mut(field)
            && (value.is_u64() || value.is_i64())
        {
            *value = Value::String(value.to_string());
        }
    }

    /// `true`, `false`, or one of them as text; absent means false.
    pub(super) fn flag(&mut self, field: &'static str) -> bool {
        match self.value(field) {
            None => false,
            Some(Value::Bool(flag)) => flag,
            Some(Value::String(text)) if matches!(text.as_str(), "true" | "false") => {
                text == "true"
            }
            Some(_) => {
                self.wrong(field, format_args!("`{field}` must be true or false"));
                false
            }
        }
    }

    /// The value of a field, taken out; `null` counts as absent.
    pub(super) fn value(&mut self, field: &'static str) -> Option<Value> {
        self.known.push(field);
        self.object.remove(field).filter(|value| !value.is_null())
    }

    /// The remaining fields, and the problems: one of the remaining fields may be a mistyped one.
    pub(super) fn rest(mut self) -> (Map<String, Value>, Vec<FieldProblem>) {
        let known = || self.known.iter().copied();
        let mistyped =
            self.object.keys().filter_map(|key| Some((key.clone(), mistyped(key, known())?)));
        for (key, meant) in mistyped.collect::<Vec<_>>() {
            self.wrong(
                &key,
                format_args!("`{}` is no field here; did you mean `{meant}`?", shown(&key)),
            );
        }
        let with_nul = self
            .object
            .iter()
            .find(|(key, value)| key.contains('\0') || holds_nul(value))
            .map(|(key, _)| key.clone());
        if let Some(key) = with_nul {
            self.wrong(
                &key,
                format_args!("`{}` holds a NUL character; leave it out", key.escape_default()),
            );
        }
        (self.object, self.problems)
    }

    fn parsed<T, E: Display>(
        &mut self,
        field: &str,
        value: Value,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let Value::String(text) = value else {
            self.wrong(field, format_args!("`{field}` must be a text, found {}", kind(&value)));
            return None;
        };
        if let Some(control) = text.chars().find(|c| c.is_control()) {
            self.wrong(
                field,
                format_args!(
                    "`{field}` holds the control character {}; send printable text",
                    control.escape_unicode()
                ),
            );
            return None;
        }
        parse(&text).map_err(|error| self.wrong(field, error)).ok()
    }
}

/// A field's name, however long and whatever it holds.
pub(super) fn shown(field: &str) -> String {
    beginning(field, 64).escape_default().to_string()
}

/// The kind of a JSON value, with its article.
pub(super) const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(object) => {
            object.iter().any(|(key, value)| key.contains('\0') || holds_nul(value))
        }
    }
}
