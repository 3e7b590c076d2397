//! What a step may use: the cluster, a prober, the clock, and what earlier steps learned.

use std::{path::Path, time::Duration};

use boathook_core::{
    clock::Clock,
    deployment::{DeploymentId, ImageRef, Requester, RevisionName, ServiceKey},
    health::Prober,
};
use jiff::Timestamp;
use tokio::{sync::mpsc, time::Instant};

use crate::{
    cluster::{Cluster, ClusterError, KeptTargets},
    steps::{Observation, Observations, ServiceWatch, Signals},
};

/// Everything that a running step may use.
pub struct Context<'a> {
    /// boathook's own id of this attempt.
    pub id: &'a DeploymentId,
    /// The service that is changed.
    pub service: &'a ServiceKey,
    /// The service's UID; none where the deployment makes it.
    pub uid: Option<&'a str>,
    /// The image as the sender named it.
    pub image: &'a ImageRef,
    /// The container that gets the image, where its name is known; otherwise it is the one that serves.
    pub container: Option<&'a str>,
    /// The revision that served before; none where nothing did.
    pub stable: Option<&'a RevisionName>,
    /// Tags of others, which stay in traffic.
    pub kept: &'a KeptTargets,
    /// The cluster, and the node's images.
    pub cluster: &'a Cluster,
    /// The watch on the service, which the steps share.
    pub watch: &'a ServiceWatch,
    /// Asks URLs.
    pub prober: &'a dyn Prober,
    /// The time of day.
    pub clock: &'a Clock,
    /// When this step began for the first time, also before a restart.
    pub began: Timestamp,
    /// The deployment's own directory.
    pub work: &'a Path,
    /// What the steps before learned.
    pub findings: &'a Observations,
    /// Takes what is learned under way.
    pub learned: mpsc::Sender<Observation>,
    /// What boathook's stopping, or an operator, asks of the step.
    pub signals: Signals,
}

/// Why a step did not end well.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// It did not work, or what it looked at is bad.
    #[error("{0}")]
    Failed(String),
    /// Someone else changed the service.
    #[error("{0}")]
    Conflict(String),
    /// Policy says no: why, and what to do.
    #[error("{0}")]
    Refused(String),
    /// An operator or a newer request aborted it.
    #[error("aborted by {0}")]
    Aborted(Requester),
    /// boathook is stopping; the step is not decided.
    #[error("boathook is stopping")]
    Interrupted,
}

impl StepError {
    pub(crate) fn failed(reason: impl Into<String>) -> Self {
        Self::Failed(reason.into())
    }
}

impl From<ClusterError> for StepError {
    fn from(error: ClusterError) -> Self {
        use std::error::Error as _;
        let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        Self::Failed(format!("{error}{source}"))
    }
}

impl Context<'_> {
    /// The image to run: by digest where it is known.
    pub(crate) fn image(&self) -> &ImageRef {
        self.findings.image.as_ref().unwrap_or(self.image)
    }

    /// The candidate, which an earlier step found.
    pub(crate) fn candidate(&self) -> Result<&RevisionName, StepError> {
        self.findings.candidate.as_ref().ok_or_else(|| StepError::failed("the new revision is not known"))
    }

    /// The revision to keep or to roll back to, in a plan that has one.
    pub(crate) fn stable(&self) -> Result<&RevisionName, StepError> {
        self.stable.ok_or_else(|| StepError::failed("there is no revision that served before"))
    }

    /// Where users reach the service, which an earlier step found.
    pub(crate) fn service_url(&self) -> Result<&str, StepError> {
        self.findings.service_url.as_deref().ok_or_else(|| StepError::failed("the service's own URL is not known"))
    }

    /// The generation after our last change.
    pub(crate) fn generation(&self) -> Result<u64, StepError> {
        self.findings.generation.ok_or_else(|| StepError::failed("the service's generation is not known"))
    }

    /// Tells what was learned under way.
    pub(crate) async fn learn(&self, finding: Observation) {
        // The engine reads until the step has ended, so nobody is lost when it no longer does.
        let _ = self.learned.send(finding).await;
    }

    /// Waits, unless the step is aborted.
    pub(crate) async fn sleep_until(&self, when: Instant) -> Result<(), StepError> {
        tokio::select! {
            called_off = self.signals.until_called_off() => Err(called_off),
            () = tokio::time::sleep_until(when) => Ok(()),
        }
    }

    /// How long ago this step began for the first time.
    pub(crate) fn elapsed(&self) -> Duration {
        Duration::try_from(self.clock.now().duration_since(self.began)).unwrap_or_default()
    }
}
