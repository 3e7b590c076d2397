//! An object beside the service as it was before a deployment applied it: recorded before the apply,
//! so that a rollback knows what to bring back.

use serde::{Deserialize, Serialize};

use crate::objects::Document;

/// One object that a deployment is about to create or change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectBefore {
    /// Its place among the documents of the plan's [`ApplyManifests`](super::steps::ApplyManifests).
    pub document: usize,
    /// Its UID; none if it was not there, or was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// Its version; the same version means that nobody changed it since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
    /// What a rollback brings back.
    pub back_to: BackTo,
}

/// What a rollback brings back of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackTo {
    /// It was not there: the deployment creates it.
    Nothing,
    /// What `kubectl apply` made it from, with the values that it had.
    Applied(Document),
    /// What the last success applied: the object was as a deployment that failed had left it.
    Proven(Document),
    /// That is not known.
    Unknown {
        /// Why.
        why: String,
    },
}

impl ObjectBefore {
    /// The same without what the object held: for readers of the record.
    #[must_use]
    pub fn without_content(self) -> Self {
        let back_to = match self.back_to {
            BackTo::Applied(document) => BackTo::Applied(document.only_its_name()),
            BackTo::Proven(document) => BackTo::Proven(document.only_its_name()),
            back_to @ (BackTo::Nothing | BackTo::Unknown { .. }) => back_to,
        };
        Self { back_to, ..self }
    }
}
