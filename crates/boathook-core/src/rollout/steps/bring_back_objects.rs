//! Bring back the objects that an earlier deployment applied beside the service.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{objects::Document, rollout::step_data::StepData};

/// Applies them again, before the revision that reads them is adopted. It never fails: what cannot
/// be brought back is named, and the revision is adopted all the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BringBackObjects {
    /// The directory below the work directory, `objects/<env>`: the argument that operators see.
    pub directory: String,
    /// What that deployment applied, with its image and without Secrets.
    pub documents: Vec<Document>,
    /// What deployments after it applied of the same objects; what differs from that is someone
    /// else's, and stays.
    pub over: Vec<Document>,
    /// How long the service may wait for its objects.
    pub deadline: Duration,
}

impl StepData for BringBackObjects {
    fn title(&self) -> String {
        "Bring back the objects that the revision was deployed with".to_owned()
    }
}
