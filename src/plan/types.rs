//! A plan is data, and stands in the journal before the first change.

use serde::{Deserialize, Serialize};

use crate::{
    deployment::{Digest, ImageRef, RevisionName, ServiceKey},
    steps::Step,
};

/// All steps of a deployment, with the limits of the moment, and all steps back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The service that is changed.
    pub service: ServiceKey,
    /// What serves now; none where nothing does.
    pub stable: Option<Stable>,
    /// What will be done, in order.
    pub steps: Vec<Step>,
    /// What will be done when a step fails after the service was touched, in order.
    pub rollback: Vec<Step>,
    /// What an operator should know of the plan.
    pub notes: Vec<String>,
}

/// The revision that serves before a deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stable {
    /// Its name.
    pub revision: RevisionName,
    /// The image it was made with.
    pub image: Option<ImageRef>,
    /// The digest that it runs.
    pub digest: Option<Digest>,
}
