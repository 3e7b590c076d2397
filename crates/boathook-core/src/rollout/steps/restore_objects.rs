//! Roll back the objects beside the service: those that the deployment changed become what they were.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    objects::Document,
    rollout::{CreatedObjects, step_data::StepData},
};

/// Applies what the objects were made from before the deployment changed them. It never fails: what
/// cannot be brought back is named, and the service is rolled back all the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RestoreObjects {
    /// The directory below the work directory, `restore/<env>`: the argument that operators see.
    pub directory: String,
    /// What becomes of objects that the deployment created.
    pub created: CreatedObjects,
    /// How long the service may wait for its objects.
    pub deadline: Duration,
    /// What deployments that did not succeed may have left in the objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leftovers: Vec<Leftover>,
}

/// What a deployment that did not succeed applied, and did not take back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leftover {
    /// What that deployment applied.
    pub failed: Document,
    /// What the last success before it applied of the same object; none if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven: Option<Document>,
}

impl StepData for RestoreObjects {
    fn title(&self) -> String {
        "Bring back the objects beside the service".to_owned()
    }
}
