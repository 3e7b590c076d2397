//! Both sides of an object as `kubectl diff` has them compared.

use boathook_core::objects::Document;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One object on both sides, without what nobody wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The object as it is; none if it is not there.
    pub live: Option<Document>,
    /// The object as it becomes; none if it is not among the manifests.
    pub merged: Option<Document>,
    /// Whether both have only their names here, because the object is too large.
    #[serde(default)]
    pub is_too_large: bool,
}

/// A line that is no pair: another program compared the folders.
#[derive(Debug, Error)]
#[error("its output is not that of boathook's own comparison")]
pub struct UnreadablePairs(#[from] serde_json::Error);

/// Reads pairs, a line each.
pub fn pairs(text: &str) -> Result<Vec<Pair>, UnreadablePairs> {
    let lines = text.lines().filter(|line| !line.is_empty());
    Ok(lines.map(serde_json::from_str).collect::<Result<_, _>>()?)
}
