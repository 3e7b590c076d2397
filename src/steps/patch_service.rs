//! The commit point: the whole template and the traffic pinned to stable, in one patch.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    cluster::Traffic,
    steps::{Act, ServiceManifest},
};

/// Replaces the template, with image and label, and the traffic, both or neither.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatchService {
    /// What the service becomes.
    pub service: ServiceManifest,
    /// Traffic as it stays: all on stable.
    pub traffic: Traffic,
    /// The generation that was looked at; another one means that someone else was here.
    pub generation: u64,
    /// How long trying again may go on when the cluster is away.
    pub deadline: Duration,
}

impl Act for PatchService {
    const CHANGES_SERVICE: bool = true;

    fn title(&self) -> String {
        "Set the new template, traffic staying where it is".to_owned()
    }
}
