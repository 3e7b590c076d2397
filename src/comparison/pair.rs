//! Both sides of an object as `kubectl diff` writes them to files.

use boathook_core::objects::Document;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

/// The two files of one object, as YAML; an empty one means that the object is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The object as it is.
    pub live: String,
    /// The object as it becomes.
    pub merged: String,
}

/// Pairs that cannot be read.
#[derive(Debug, Error)]
pub enum UnreadablePairs {
    /// A line is no pair: another program compared the folders.
    #[error("its output is not that of boathook's own comparison")]
    Foreign(#[source] serde_json::Error),
    /// A file is no YAML.
    #[error("an object in its output is no YAML")]
    NoYaml(#[source] serde_yaml::Error),
}

/// Reads pairs, a line each.
pub fn pairs(text: &str) -> Result<Vec<Pair>, UnreadablePairs> {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_str(line).map_err(UnreadablePairs::Foreign)).collect()
}

impl Pair {
    /// The two objects; none for one that is not there.
    pub fn objects(&self) -> Result<(Option<Document>, Option<Document>), UnreadablePairs> {
        Ok((object(&self.live)?, object(&self.merged)?))
    }
}

fn object(yaml: &str) -> Result<Option<Document>, UnreadablePairs> {
    let value: Value = serde_yaml::from_str(yaml).map_err(UnreadablePairs::NoYaml)?;
    Ok((!value.is_null()).then_some(Document(value)))
}
