//! What an environment's config says of a deployment, as the plan needs it.

use std::{path::PathBuf, time::Duration};

use boathook_core::deployment::{DeployRequest, Environment, Namespace, Percent, Promotion, ServiceName, Strategy};

use crate::{cluster::Timeouts, steps::Probing};

/// The limits of the moment; a plan copies what it needs of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The environment.
    pub environment: Environment,
    /// The directory of the environment's manifests.
    pub manifests: PathBuf,
    /// Whether a kustomization there may fetch bases and files from elsewhere.
    pub remote_bases: bool,
    /// How the node pulls the image before the cluster hears of it.
    pub pull: PullMode,
    /// The container that gets the image, where it is not the one with `ports`.
    pub container: Option<String>,
    /// The other containers of the manifests that get it, where not all of the same repository do.
    pub containers: Option<Vec<String>>,
    /// The stages of `rolling`.
    pub rolling: Vec<Stage>,
    /// The stages of `blue-green`.
    pub blue_green: Vec<Stage>,
    /// From the moment that the candidate has a share to the first question.
    pub delay: Duration,
    /// How the candidate's URL is asked before and during the stages.
    pub probing: Probing,
    /// How the service's own URL is asked at the end, and after a rollback.
    pub verify: Probing,
    /// How long each program may take.
    pub timeouts: Timeouts,
    /// How long each step may take.
    pub waits: Waits,
    /// Where an image must have succeeded before; none where it need not.
    pub require: Option<Require>,
    /// What a success brings about; none where nothing.
    pub next: Option<Next>,
}

/// Where an image must have succeeded before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Require {
    /// The environment.
    pub environment: Environment,
    /// How long ago at most.
    pub within: Duration,
}

/// What a success brings about in the next environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// The environment.
    pub to: Environment,
    /// The namespace there, where it is another one.
    pub namespace: Option<Namespace>,
    /// The service there, where it is another one.
    pub service_name: Option<ServiceName>,
    /// Whether it waits there for an operator's approval.
    pub approval: bool,
}

/// How the node pulls images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PullMode {
    /// Not at all: the cluster does.
    Off,
    /// By `crictl pull --`.
    Crictl,
    /// By these words with the image after them.
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
    /// Trying again while cluster or registry are away.
    pub retry_for: Duration,
    /// A revision appearing after the patch.
    pub revision: Duration,
    /// The candidate becoming Ready.
    pub ready: Duration,
    /// A failure that can resolve itself.
    pub grace: Duration,
    /// Containers being started again and again, where nothing serves yet.
    pub first_deployment_restarts: Duration,
    /// Traffic showing in status.
    pub traffic: Duration,
    /// Going back.
    pub rollback: Duration,
    /// A verdict after a hold with too few samples.
    pub patience: Duration,
    /// From one look at the pods of a candidate that is not Ready yet to the next.
    pub poll_interval: Duration,
    /// From one look at service and pods to the next during a hold.
    pub poll_interval_in_holds: Duration,
}

impl Settings {
    /// What the success of a request brings about.
    #[must_use]
    pub fn promotion(&self, request: &DeployRequest) -> Option<Promotion> {
        let Next { to, namespace, service_name, approval } = self.next.clone()?;
        let namespace = namespace.unwrap_or_else(|| request.namespace.clone());
        let service_name = service_name.unwrap_or_else(|| request.service_name.clone());
        Some(Promotion { to, namespace, service_name, approval })
    }

    /// The stages for a request: the environment's table, or the sender's shares with the table's holds.
    #[must_use]
    pub fn stages(&self, request: &DeployRequest) -> Vec<Stage> {
        let table = match request.strategy {
            Strategy::Rolling => &self.rolling,
            Strategy::BlueGreen => &self.blue_green,
        };
        if request.traffic_split.is_empty() {
            return table.clone();
        }
        let hold = |index: usize| table.get(index).or(table.last()).map_or(Duration::ZERO, |stage| stage.hold);
        request.traffic_split.iter().enumerate().map(|(index, &percent)| Stage { percent, hold: hold(index) }).collect()
    }
}
