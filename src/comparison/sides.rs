//! Both sides of one object.

use boathook_core::objects::Document;
use serde_json::Value;

/// One object, as it is and as it becomes.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace; none for a cluster-scoped object.
    pub namespace: Option<String>,
    /// What is known of both sides.
    pub sides: Sides,
}

/// What is known of an object before and after.
#[derive(Clone, Debug, PartialEq)]
pub enum Sides {
    /// It is not there yet, and becomes this; none where only the name may be told.
    Created(Option<Value>),
    /// It is there; the two may be equal.
    Changed {
        /// As it is.
        before: Value,
        /// As it becomes.
        after: Value,
    },
    /// It is there or not, changes, and is too large to be compared.
    TooLarge {
        /// Whether it is there.
        exists: bool,
    },
    /// It is there, and stays as it is.
    Unchanged,
}

impl Comparison {
    /// The comparison of an object that `document` names.
    #[must_use]
    pub fn of(document: &Document, sides: Sides) -> Self {
        Self {
            kind: document.kind().to_owned(),
            name: document.name().to_owned(),
            namespace: document.namespace().map(str::to_owned),
            sides,
        }
    }
}
