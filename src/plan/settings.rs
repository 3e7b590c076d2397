//! An environment's configuration, as the plan needs it.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use boathook_core::{
    deployment::{DeployRequest, Environment, Promotion, Strategy},
    health::MetricRule,
    proof::Requirement,
    rollout::{Probing, RestoreRule, Timeouts, Watch, WatchRule},
};

use crate::{
    bundles::BundlePolicy,
    plan::{JobGates, Pull, Stage, Waits},
};

/// The current limits; a plan copies those that it needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The environment.
    pub environment: Environment,
    /// The directory of the environment's manifests.
    pub manifests: PathBuf,
    /// Whether a kustomization there may fetch remote bases and files.
    pub remote_bases: bool,
    /// Where manifests may come from, and what those of requests may hold.
    pub bundles: BundlePolicy,
    /// How the node pulls the image before the cluster is changed.
    pub pull: Pull,
    /// The container that gets the image, if it is not the one with `ports`.
    pub container: Option<String>,
    /// The other containers of the manifests that get it, if not all of the same repository do.
    pub containers: Option<Vec<String>>,
    /// The tables of stages.
    pub stages: BTreeMap<Strategy, Vec<Stage>>,
    /// How the candidate's URL is probed before and during the stages.
    pub probing: Probing,
    /// The metrics that are asked for during the stages.
    pub metrics: Vec<MetricRule>,
    /// The Jobs of the manifests that must succeed.
    pub jobs: JobGates,
    /// How the service's own URL is probed at the end, and after a rollback.
    pub verify: Probing,
    /// How long each program may take.
    pub timeouts: Timeouts,
    /// How long each step may take.
    pub waits: Waits,
    /// What must be proven of an image; none if nothing must.
    pub proven: Option<Requirement>,
    /// The promotions after a success.
    pub promotion: Vec<Promotion>,
    /// How a success is watched, if it is.
    pub watch: Option<WatchRule>,
    /// What a rollback does with the objects beside the service.
    pub rollback: RestoreRule,
}

impl Settings {
    /// The watch after a success, with the rules of a hold.
    #[must_use]
    pub fn watch(&self) -> Option<Watch> {
        Some(self.watch?.with(self.probing.clone(), self.waits.verdict))
    }

    /// The stages for a request: those of the environment, or the sender's percentages with the
    /// environment's holds.
    #[must_use]
    pub fn stages(&self, request: &DeployRequest) -> Vec<Stage> {
        let table = self.stages.get(&request.strategy).map_or(&[][..], Vec::as_slice);
        if request.traffic_split.is_empty() {
            return table.to_vec();
        }
        let hold = |index: usize| {
            table.get(index).or(table.last()).map_or(Duration::ZERO, |stage| stage.hold)
        };
        request
            .traffic_split
            .iter()
            .enumerate()
            .map(|(index, &percent)| Stage { percent, hold: hold(index) })
            .collect()
    }
}
