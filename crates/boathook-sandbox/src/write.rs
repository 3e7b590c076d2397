//! The options of a write, and its result.

use serde_json::Value;

/// A patch, by the way in which it is meant.
#[derive(Clone, Debug, PartialEq)]
pub enum Patch {
    /// `application/json-patch+json`.
    Json(Value),
    /// `application/merge-patch+json`.
    Merge(Value),
    /// `application/strategic-merge-patch+json`, which the Knative kinds refuse.
    Strategic(Value),
}

/// What is done about fields that the kind does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Validation {
    /// The write is refused.
    Strict,
    /// They are dropped, with a warning (the server's default).
    #[default]
    Warn,
    /// They are dropped.
    Ignore,
}

/// How a write is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// Go through everything and keep nothing.
    pub dry_run: bool,
    /// `fieldValidation`.
    pub validation: Validation,
}

/// A write that went through.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The object as it is now.
    pub object: Value,
    /// Whether it is another than before.
    pub changed: bool,
    /// What the server warns of.
    pub warnings: Vec<String>,
}
