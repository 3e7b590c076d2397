//! What admission looks at.

use serde_json::Value;

use crate::{Caller, Kind, WriteOptions};

/// A write on its way.
pub(crate) struct Change<'a> {
    pub kind: Kind,
    /// The object before; `None` for a create.
    pub before: Option<&'a Value>,
    pub caller: &'a Caller,
    pub options: &'a WriteOptions,
    /// Where the object is, or will be.
    pub namespace: &'a str,
    /// Whether the namespace has a service account of that name.
    pub has_account: &'a dyn Fn(&str) -> bool,
    /// The context of a write.
    pub seed: u64,
}
