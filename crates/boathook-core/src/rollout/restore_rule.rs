//! What a rollback does with the objects beside the service: the section `rollback` of the
//! configuration.

use serde::{Deserialize, Serialize};

/// What a rollback does with the objects that a deployment applied beside the service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestoreRule {
    /// With those that it changed.
    pub objects: ChangedObjects,
    /// With those that it created.
    pub created: CreatedObjects,
}

impl RestoreRule {
    /// Whether a rollback deletes what its deployment created.
    #[must_use]
    pub fn deletes_created(self) -> bool {
        self.objects == ChangedObjects::Restore && self.created == CreatedObjects::Delete
    }
}

/// What becomes of objects that a deployment changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangedObjects {
    /// They become what they were.
    #[default]
    Restore,
    /// They stay as the deployment applied them, and so do those that it created.
    Keep,
}

/// What becomes of objects that a deployment created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CreatedObjects {
    /// They are deleted, which the account needs a right for.
    Delete,
    /// They stay.
    #[default]
    Keep,
}
