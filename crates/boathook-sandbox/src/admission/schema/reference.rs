//! A reference to another object by its name.

use crate::admission::schema::types::{Struct, TEXT, field};

pub(super) const REFERENCE: Struct = Struct {
    go: "v1.LocalObjectReference",
    fields: &[field("name", TEXT).defaulting("")],
    open: false,
};
