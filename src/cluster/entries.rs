//! Labels or annotations.

use std::collections::BTreeMap;

/// Labels or annotations by key.
pub type Entries = BTreeMap<String, String>;
