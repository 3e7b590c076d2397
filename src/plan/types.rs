//! A plan is data, and stands in the journal before the first change.

use boathook_core::deployment::{ImageRef, Percent, Promotion, RevisionName, ServiceKey};
use serde::{Deserialize, Serialize};

use crate::{
    cluster::{Document, KeptTargets, Timeouts},
    steps::{ApplyManifests, CheckProven, Step},
};

/// All steps of a deployment, with the limits of the moment, and all steps back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The service that is changed.
    pub service: ServiceKey,
    /// The service's UID; none where the deployment makes it.
    #[serde(default)]
    pub uid: Option<String>,
    /// The container that gets the image, where its name is known; otherwise it is the one that serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
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
    /// What a success brings about in the next environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<Promotion>,
}

impl Plan {
    /// Takes the Secrets out, of which only the names stay: a plan is recorded.
    pub fn seal(&mut self) -> Vec<Document> {
        let applies = self.steps.iter_mut().filter_map(|step| match step {
            Step::ApplyManifests(apply) => Some(apply),
            _ => None,
        });
        applies.flat_map(ApplyManifests::seal).collect()
    }

    /// The plan with a check of the digest as soon as it is known, before anything is changed.
    #[must_use]
    pub fn with_check(mut self, check: CheckProven) -> Self {
        let pulled = self.steps.iter().take_while(|step| matches!(step, Step::PullImage(_))).count();
        self.steps.insert(pulled, Step::CheckProven(check));
        self
    }

    /// The first step from `from` on that belongs to no stage below 100 %.
    #[must_use]
    pub fn past_lesser_stages(&self, from: usize) -> usize {
        let is_lesser = |step: &Step| match step {
            Step::ShiftTraffic(shift) => shift.percent < Percent::FULL,
            Step::Hold(hold) => hold.percent < Percent::FULL,
            _ => false,
        };
        from + self.steps.iter().skip(from).take_while(|step| is_lesser(step)).count()
    }
}

/// The revision that serves before a deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stable {
    /// Its name.
    pub revision: RevisionName,
    /// The image that it runs, by digest, where Knative named it.
    pub image: Option<ImageRef>,
}
