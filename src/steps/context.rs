//! What a step may use: the cluster, a prober, the clock, and what earlier steps learned.

use std::{path::Path, time::Duration};

use boathook_core::{
    clock::Clock,
    deployment::{DeploymentId, ImageRef, Namespace, RevisionName},
    health::Prober,
    objects::Document,
    rollout::{Observation, Observations, Plan},
};
use jiff::Timestamp;
use tokio::{sync::mpsc, time::Instant};

use crate::{
    cluster::Cluster,
    steps::{OtherNodes, Signals, StepError, View, WaitReporter},
};

/// Everything that a running step may use.
pub struct Context<'a> {
    /// boathook's own id of this attempt.
    pub id: &'a DeploymentId,
    /// The plan that the step is from.
    pub plan: &'a Plan,
    /// The image as the sender named it.
    pub image: &'a ImageRef,
    /// The cluster, and the node's images.
    pub cluster: &'a Cluster,
    /// What is seen of the namespace, from one step to the next.
    pub view: &'a View,
    /// The other boathooks on the record.
    pub others: &'a dyn OtherNodes,
    /// Probes URLs.
    pub prober: &'a dyn Prober,
    /// The time of day.
    pub clock: &'a Clock,
    /// When this step first began, before a restart too.
    pub began: Timestamp,
    /// The deployment's own directory.
    pub work: &'a Path,
    /// What earlier steps learned.
    pub findings: &'a Observations,
    /// The objects beside services that other deployments applied meanwhile.
    pub shared: &'a [Document],
    /// Receives what the step learns.
    pub learned: mpsc::Sender<Observation>,
    /// Tells what the step waits for.
    pub waits: WaitReporter,
    /// What an operator, or boathook's shutdown, asks of the step.
    pub signals: Signals,
}

impl Context<'_> {
    /// The image to run: by digest if it is known.
    pub(crate) fn image(&self) -> &ImageRef {
        self.findings.image.as_ref().unwrap_or(self.image)
    }

    /// The service's namespace.
    pub(crate) const fn namespace(&self) -> &Namespace {
        &self.plan.service.namespace
    }

    /// The candidate, which an earlier step found.
    pub(crate) fn candidate(&self) -> Result<&RevisionName, StepError> {
        self.findings
            .candidate
            .as_ref()
            .ok_or_else(|| StepError::failed("the new revision is not known"))
    }

    /// The revision to keep or to roll back to, if the plan has one.
    pub(crate) fn stable(&self) -> Result<&RevisionName, StepError> {
        self.plan
            .stable_revision()
            .ok_or_else(|| StepError::failed("there is no revision that served before"))
    }

    /// Where the candidate answers by its tag, which an earlier step found.
    pub(crate) fn tag_url(&self) -> Result<&str, StepError> {
        self.findings
            .tag_url
            .as_deref()
            .ok_or_else(|| StepError::failed("the candidate's own URL is not known"))
    }

    /// Where users reach the service, which an earlier step found.
    pub(crate) fn service_url(&self) -> Result<&str, StepError> {
        self.findings
            .service_url
            .as_deref()
            .ok_or_else(|| StepError::failed("the service's own URL is not known"))
    }

    /// The generation after our last change.
    pub(crate) fn generation(&self) -> Result<u64, StepError> {
        self.findings
            .generation
            .ok_or_else(|| StepError::failed("the service's generation is not known"))
    }

    /// Reports what the step learned.
    pub(crate) async fn learn(&self, finding: Observation) {
        // The engine receives until the step has ended; after that nobody needs it.
        let _ = self.learned.send(finding).await;
    }

    /// Reports what must be in the record before the step goes on.
    pub(crate) async fn record_before_acting(&self, finding: Observation) {
        self.learn(finding).await;
        // The engine lets a step go on only after it has recorded what the step has learned.
        tokio::task::yield_now().await;
    }

    /// Waits, unless the step is aborted.
    pub(crate) async fn sleep_until(&self, when: Instant) -> Result<(), StepError> {
        tokio::select! {
            called_off = self.signals.until_called_off() => Err(called_off),
            () = tokio::time::sleep_until(when) => Ok(()),
        }
    }

    /// How long ago this step first began.
    pub(crate) fn elapsed(&self) -> Duration {
        Duration::try_from(self.clock.now().duration_since(self.began)).unwrap_or_default()
    }
}
