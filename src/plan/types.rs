//! A plan is data, and stands in the journal before the first change.

use serde::{Deserialize, Serialize};

use crate::{
    cluster::{KeptTargets, Timeouts},
    deployment::{ImageRef, RevisionName, ServiceKey},
    steps::Step,
};

/// All steps of a deployment, with the limits of the moment, and all steps back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The service that is changed.
    pub service: ServiceKey,
    /// What serves now; none where nothing does.
    pub stable: Option<Stable>,
    /// Tags that others put on the service; they stay.
    pub kept: KeptTargets,
    /// How long each program may take.
    pub timeouts: Timeouts,
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
    /// The image that it runs, by digest, where Knative told it.
    pub image: Option<ImageRef>,
}
