//! What a deployment does to one object of the cluster, for people to read.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// One object that a deployment names, and what changes in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectChange {
    /// Kind and name, such as `ConfigMap/settings`.
    pub object: String,
    /// Its namespace; none for a cluster-scoped object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// What happens to it.
    pub change: ChangeKind,
    /// A unified difference of its YAML without secrets, perhaps cut short; none where nothing
    /// differs, or where only the name is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
}

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ChangeKind {
    /// It is not there yet.
    Created,
    /// It is there, and something in it changes.
    Changed,
    /// It is there, and stays as it is.
    Unchanged,
}

impl ChangeKind {
    /// Its word, as in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}
