//! What an environment's config says of a deployment, as the plan needs it.

use std::{path::PathBuf, time::Duration};

use crate::{
    cluster::Timeouts,
    deployment::{DeployRequest, Environment, Percent, Strategy},
    steps::Probing,
};

/// The limits of the moment; a plan copies what it needs of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The environment.
    pub environment: Environment,
    /// The directory of the environment's manifests.
    pub manifests: PathBuf,
    /// How the node pulls the image before the cluster hears of it.
    pub pull: Pulling,
    /// The container that gets the image, where it is not the one with `ports`.
    pub container: Option<String>,
    /// The stages of `rolling`.
    pub rolling: Vec<Stage>,
    /// The stages of `blue-green`.
    pub blue_green: Vec<Stage>,
    /// From the moment that the candidate has a share to the first question.
    pub delay: Duration,
    /// How the candidate's URL is asked before and during the stages.
    pub probing: Probing,
    /// How the service's own URL is asked at the end, and after going back.
    pub verify: Probing,
    /// How long each program may take.
    pub timeouts: Timeouts,
    /// How long each step may take.
    pub waits: Waits,
}

/// How the node pulls images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pulling {
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
    pub away: Duration,
    /// A revision appearing after the patch.
    pub revision: Duration,
    /// The candidate becoming Ready.
    pub ready: Duration,
    /// A failure that can mend itself.
    pub grace: Duration,
    /// Traffic showing in status.
    pub traffic: Duration,
    /// Going back.
    pub rollback: Duration,
    /// A verdict after a hold with too few samples.
    pub patience: Duration,
    /// From one look at the pods of a candidate that is not Ready yet to the next.
    pub look_every: Duration,
    /// From one look at service and pods to the next during a hold.
    pub look_in_holds: Duration,
}

impl Settings {
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
