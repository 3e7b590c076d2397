//! The one loop: next step, record, act, record; on failure the steps back.

use std::{future::Future, path::PathBuf, sync::Arc};

use tokio::{fs, sync::mpsc};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    cluster::{Cluster, Timeouts},
    deployment::JobId,
    engine::{
        Engine,
        audited::Audited,
        recorder::{NotRecorded, Recorder},
        survey::Surveyor,
    },
    journal::{Deployment, Event, Failure, Outcome, Progress, State},
    plan::{Finding, Step},
    steps::{Context, StepError},
};

/// Findings that wait to be recorded at most; a step waits while there are more.
const LEARNED: usize = 64;

/// One deployment under way.
pub(super) struct Drive<'a> {
    engine: &'a Engine,
    job: &'a JobId,
    stop: &'a CancellationToken,
    recorder: Recorder,
}

impl<'a> Drive<'a> {
    pub(super) fn new(engine: &'a Engine, job: &'a JobId, stop: &'a CancellationToken) -> Self {
        Self { engine, job, stop, recorder: Recorder::new(engine.journal.clone(), job, stop.clone()) }
    }

    pub(super) async fn run(&self) {
        if let Err(error) = self.to_the_end().await {
            warn!(deployment.id = %self.job, error = %error, "Left off; the next start goes on from the record");
        }
    }

    async fn to_the_end(&self) -> Result<(), NotRecorded> {
        while !self.stop.is_cancelled() {
            let deployment = match self.engine.journal.deployment(self.job).await {
                Ok(Some(deployment)) => deployment,
                Ok(None) => return Ok(()),
                Err(error) => {
                    error!(deployment.id = %self.job, error = %error, "The journal cannot be read");
                    return Ok(());
                }
            };
            let event = match &deployment.state {
                State::Queued => Some(Event::Started),
                State::Planning => self.plan(&deployment).await?,
                State::Deploying(progress) => self.step(&deployment, progress, &progress.plan.steps).await?,
                State::RollingBack(progress, _) => self.step(&deployment, progress, &progress.plan.rollback).await?,
                State::Closing(outcome) => Some(self.close(outcome).await),
                State::Ended(_) => return Ok(()),
            };
            let Some(event) = event else { return Ok(()) };
            self.recorder.record(event).await?;
        }
        Ok(())
    }

    /// Looks at the cluster and decides every step; none where boathook is stopping.
    async fn plan(&self, deployment: &Deployment) -> Result<Option<Event>, NotRecorded> {
        let request = &deployment.acceptance.request;
        let settings = (self.engine.settings)(request.environment);
        let known = self.engine.journal.last_success(request.environment, &request.service()).await.ok().flatten();
        let (cluster, abandoned) = self.cluster(deployment, &settings.timeouts);
        let surveyor = Surveyor {
            job: self.job,
            request,
            settings: &settings,
            manifests: self.engine.manifests.join(request.environment.name()),
            cluster: &cluster,
            prober: self.engine.prober.as_ref(),
            known: known.map(|success| success.revision),
        };
        let planned = tokio::select! {
            planned = surveyor.plan() => planned,
            () = self.stop.cancelled() => return Ok(None),
        };
        self.record_abandoned(abandoned).await?;
        Ok(match planned {
            Ok(plan) => Some(Event::Planned { plan: Arc::new(plan) }),
            Err(_) if self.stop.is_cancelled() => None,
            Err(error) => {
                let reason = in_full(&error);
                warn!(deployment.id = %self.job, reason, "No plan could be made");
                Some(Event::StepFailed { failure: Failure::Failed { reason } })
            }
        })
    }

    /// Runs the next step of `steps`; none where boathook is stopping.
    async fn step(&self, deployment: &Deployment, progress: &Progress, steps: &[Step]) -> Result<Option<Event>, NotRecorded> {
        let step = &steps[progress.next];
        self.recorder.record(Event::StepStarted { step: step.name().to_owned() }).await?;
        info!(deployment.id = %self.job, step.name = step.name(), "{}", step.title());
        let (cluster, abandoned) = self.cluster(deployment, &progress.plan.timeouts);
        let (learned, findings) = mpsc::channel(LEARNED);
        let work = self.work();
        let context = Context {
            job: self.job,
            service: &progress.plan.service,
            image: &deployment.acceptance.request.image,
            stable: progress.plan.stable.as_ref().map(|stable| &stable.revision),
            kept: &progress.plan.kept,
            cluster: &cluster,
            prober: self.engine.prober.as_ref(),
            clock: &self.engine.clock,
            began: progress.began.unwrap_or_else(|| self.engine.clock.now()),
            work: &work,
            findings: &progress.findings,
            learned,
            stop: self.stop,
        };
        let result = self.recording(findings, async { step.run(&context).await }).await?;
        drop(context);
        drop(cluster);
        self.record_abandoned(abandoned).await?;
        Ok(match result {
            Ok(findings) => Some(Event::StepEnded { findings }),
            Err(StepError::Interrupted) => None,
            Err(_) if self.stop.is_cancelled() => None,
            Err(StepError::Failed(reason)) => self.failed(step, Failure::Failed { reason }),
            Err(StepError::Foreign(reason)) => self.failed(step, Failure::Foreign { reason }),
        })
    }

    fn failed(&self, step: &Step, failure: Failure) -> Option<Event> {
        warn!(deployment.id = %self.job, step.name = step.name(), reason = failure.reason(), "Step failed");
        Some(Event::StepFailed { failure })
    }

    /// Runs `step` while recording what it learns under way.
    async fn recording<T>(&self, mut findings: mpsc::Receiver<Finding>, step: impl Future<Output = T>) -> Result<T, NotRecorded> {
        tokio::pin!(step);
        let result = loop {
            tokio::select! {
                biased;
                Some(finding) = findings.recv() => self.recorder.record(Event::StepLearned { finding }).await?,
                result = &mut step => break result,
            }
        };
        while let Ok(finding) = findings.try_recv() {
            self.recorder.record(Event::StepLearned { finding }).await?;
        }
        Ok(result)
    }

    /// Closes the record; the deployment's own directory goes first.
    async fn close(&self, outcome: &Outcome) -> Event {
        let work = self.work();
        if let Err(error) = fs::remove_dir_all(&work).await
            && error.kind() != std::io::ErrorKind::NotFound
        {
            warn!(deployment.id = %self.job, directory = %work.display(), error = %error, "Failed to remove the work directory");
        }
        info!(deployment.id = %self.job, end = outcome.end.name(), reason = outcome.reason.as_deref().unwrap_or_default(), "Deployment ended");
        Event::Ended { end: outcome.end, reason: outcome.reason.clone() }
    }

    fn cluster(&self, deployment: &Deployment, timeouts: &Timeouts) -> (Cluster, mpsc::UnboundedReceiver<Event>) {
        let (sender, abandoned) = mpsc::unbounded_channel();
        let runner = Audited::new(Arc::clone(&self.engine.runner), self.recorder.clone(), deployment.commands, sender);
        (Cluster::new(Arc::new(runner), Arc::clone(&self.engine.tools), timeouts.clone()), abandoned)
    }

    async fn record_abandoned(&self, mut abandoned: mpsc::UnboundedReceiver<Event>) -> Result<(), NotRecorded> {
        while let Ok(event) = abandoned.try_recv() {
            self.recorder.record(event).await?;
        }
        Ok(())
    }

    fn work(&self) -> PathBuf {
        self.engine.work.join(self.job.as_str())
    }
}

/// An error with all its sources.
fn in_full(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |error| error.source());
    std::iter::once(error.to_string()).chain(sources.map(ToString::to_string)).collect::<Vec<_>>().join(": ")
}
