//! Apply what stands in the manifests; Knative services that already exist were left out when the plan was made.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    cluster::Document,
    steps::{Act, ServiceManifest},
};

/// Writes the rendered documents into the deployment's own work directory and applies them there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApplyManifests {
    /// The directory below the work directory, `manifests/<env>`: the argument that operators see.
    pub directory: String,
    /// What is applied, namespaces first.
    pub documents: Vec<Document>,
    /// The service itself, where this is its first deployment.
    pub service: Option<ServiceManifest>,
    /// How long trying again may go on when the cluster is away.
    pub deadline: Duration,
}

impl Act for ApplyManifests {
    const CHANGES_SERVICE: bool = true;

    fn title(&self) -> String {
        format!("Apply {}", self.directory)
    }
}
