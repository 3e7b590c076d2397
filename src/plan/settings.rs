//! An environment's configuration, as the plan needs it.

use std::{path::PathBuf, time::Duration};

use boathook_core::{
    deployment::{
        DeployRequest, Environment, Namespace, Percent, Promotion, ServiceName, Strategy,
    },
    rollout::{Probing, Timeouts},
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
    /// How the node pulls the image before the cluster is changed.
    pub pull: PullMode,
    /// The container that gets the image, if it is not the one with `ports`.
    pub container: Option<String>,
    /// The other containers of the manifests that get it, if not all of the same repository do.
    pub containers: Option<Vec<String>>,
    /// The stages of `rolling`.
    pub rolling: Vec<Stage>,
    /// The stages of `blue-green`.
    pub blue_green: Vec<Stage>,
    /// The delay from a change of traffic to the first probe.
    pub delay: Duration,
    /// How the candidate's URL is probed before and during the stages.
    pub probing: Probing,
    /// How the service's own URL is probed at the end, and after a rollback.
    pub verify: Probing,
    /// How long each program may take.
    pub timeouts: Timeouts,
    /// How long each step may take.
    pub waits: Waits,
    /// Where an image must be proven; none if it need not.
    pub require: Option<Require>,
    /// The promotion after a success, if any.
    pub next: Option<Next>,
}

/// Where an image must be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Require {
    /// The environment.
    pub environment: Environment,
    /// The maximum age of that success.
    pub within: Duration,
}

/// The promotion to the next environment after a success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// The environment.
    pub to: Environment,
    /// The namespace there, if it differs.
    pub namespace: Option<Namespace>,
    /// The service there, if it differs.
    pub service_name: Option<ServiceName>,
    /// Whether it needs an approval there.
    pub approval: bool,
}

/// How the node pulls images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PullMode {
    /// Not at all: the cluster does.
    Off,
    /// By `crictl pull --`.
    Crictl,
    /// By this command, with the image appended.
    By(Vec<String>),
}

/// A share of the requests, and how long it is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The candidate's share.
    pub percent: Percent,
    /// How long.
    pub hold: Duration,
}

/// How long each step may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    /// Retries while the cluster or a registry is unreachable.
    pub retry_for: Duration,
    /// Until a revision appears after the patch.
    pub revision: Duration,
    /// Until the candidate is Ready.
    pub ready: Duration,
    /// The grace time for a transient cause.
    pub grace: Duration,
    /// How long containers of a first deployment may keep restarting.
    pub first_deployment_restarts: Duration,
    /// Until status shows the traffic.
    pub traffic: Duration,
    /// The rollback.
    pub rollback: Duration,
    /// The extension of a hold with too few samples.
    pub patience: Duration,
    /// The interval at which the pods of a candidate are read until it is Ready.
    pub poll_interval: Duration,
    /// The interval at which a hold reads the service and its pods.
    pub poll_interval_in_holds: Duration,
}

impl Settings {
    /// The promotion after the success of a request.
    #[must_use]
    pub fn promotion(&self, request: &DeployRequest) -> Option<Promotion> {
        let Next { to, namespace, service_name, approval } = self.next.clone()?;
        let namespace = namespace.unwrap_or_else(|| request.namespace.clone());
        let service_name = service_name.unwrap_or_else(|| request.service_name.clone());
        Some(Promotion { to, namespace, service_name, approval })
    }

    /// The stages for a request: those of the environment, or the sender's percentages with the
    /// environment's holds.
    #[must_use]
    pub fn stages(&self, request: &DeployRequest) -> Vec<Stage> {
        let table = match request.strategy {
            Strategy::Rolling => &self.rolling,
            Strategy::BlueGreen => &self.blue_green,
        };
        if request.traffic_split.is_empty() {
            return table.clone();
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
