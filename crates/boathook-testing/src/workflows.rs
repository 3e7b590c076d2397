//! The workflows and the action of GitHub Actions, as data.

use std::{fs, path::Path};

use serde_yaml::Value;

use crate::pages::ROOT;

/// A workflow or an action.
pub fn load(path: &str) -> Value {
    serde_yaml::from_str(&fs::read_to_string(Path::new(ROOT).join(path)).unwrap()).unwrap()
}
