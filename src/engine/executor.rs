//! The main loop: take the next step, record, act, record; on failure, run the rollback.

use std::{convert::Infallible, future::Future, path::PathBuf};

use boathook_core::{
    deployment::{DeploymentId, Requester},
    objects::Document,
    record::{DeploymentEvent, Event, Failure, Reason, StepEvent},
    rollout::{Observation, Steering, Step},
    state::{Conclusion, Deployment, Progress, State},
};
use tokio::{
    fs,
    sync::{mpsc, watch},
};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    engine::{
        Engine,
        cluster_session::ClusterSession,
        recorder::{NotRecorded, RecordWriter, Recorder},
    },
    journal::{Changes, StoreError},
    steps::{Context, Signals, StepBehavior as _, StepError, StepResult, WaitReporter},
};

/// The most observations that may wait to be recorded; a step waits while the queue is full.
pub(super) const LEARNED: usize = 64;

/// What is kept from one step to the next.
pub(super) struct Walk {
    pub(super) session: Option<ClusterSession>,
    /// What operators ask.
    pub(super) steering_changes: Changes,
    /// Whether the record says of the next step that it began.
    pub(super) begun: bool,
}

/// What comes next for a deployment.
pub(super) enum Next {
    /// Record this event.
    Record(Event),
    /// Nothing happened; read the record again.
    Reread,
    /// boathook is stopping; the next start resumes from the record.
    Stop,
}

/// One deployment under way.
pub(super) struct Executor<'a> {
    pub(super) engine: &'a Engine,
    pub(super) id: &'a DeploymentId,
    pub(super) stop: &'a CancellationToken,
    pub(super) recorder: Recorder,
}

impl Engine {
    /// Resumes a deployment from its record, and runs it to its end or until boathook stops.
    pub async fn run(&self, id: &DeploymentId, stop: &CancellationToken) {
        let (executor, writer) = Executor::new(self, id, stop);
        tokio::select! {
            // All that a deployment may wait for takes tens of kilobytes, which no caller needs to hold.
            () = Box::pin(executor.run()) => {}
            () = writer.run() => {}
        }
    }
}

impl<'a> Executor<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        id: &'a DeploymentId,
        stop: &'a CancellationToken,
    ) -> (Self, RecordWriter) {
        let (recorder, writer) = Recorder::new(engine, id, stop);
        (Self { engine, id, stop, recorder }, writer)
    }

    pub(super) async fn run(&self) {
        if let Err(error) = self.to_the_end().await {
            warn!(deployment.id = %self.id, error = %error, "Interrupted; the next start resumes from the record");
        }
    }

    async fn to_the_end(&self) -> Result<(), NotRecorded> {
        let steering_changes = self.engine.journal.steering();
        let mut walk = Walk { session: None, steering_changes, begun: false };
        let walked = self.walk(&mut walk).await;
        drop(walk);
        walked.and(self.recorder.flush().await)
    }

    async fn walk(&self, walk: &mut Walk) -> Result<(), NotRecorded> {
        let mut knows_secrets = false;
        while !self.stop.is_cancelled() {
            let deployment = match self.engine.journal.deployment(self.id).await {
                Ok(Some(deployment)) => deployment,
                Ok(None) => return Ok(()),
                Err(error) => {
                    self.log_unreadable(&error);
                    return Ok(());
                }
            };
            if !std::mem::replace(&mut knows_secrets, true) {
                self.know_secrets(&deployment).await;
            }
            let next = match &deployment.state {
                State::Queued => Next::Record(DeploymentEvent::Started.into()),
                State::Planning(steering) => {
                    self.plan(&deployment, steering, &mut walk.steering_changes).await
                }
                State::Deploying(progress) => self.advance(&deployment, progress, walk).await?,
                State::RollingBack(progress, rollback) => {
                    self.go_back(&deployment, progress, rollback, walk).await?
                }
                State::Closing(outcome) => {
                    walk.session = None;
                    Next::Record(self.close(outcome).await)
                }
                State::AwaitingApproval { .. } | State::AwaitingWindow { .. } | State::Ended(_) => {
                    return Ok(());
                }
            };
            match next {
                Next::Record(event) => {
                    walk.begun = self.recorder.record_with_next(event, step_begins).await?;
                }
                Next::Reread => self.recorder.flush().await?,
                Next::Stop => return Ok(()),
            }
        }
        Ok(())
    }

    /// Runs the plan's next step, unless an operator asked for something else.
    async fn advance(
        &self,
        deployment: &Deployment,
        progress: &Progress,
        walk: &mut Walk,
    ) -> Result<Next, NotRecorded> {
        let Progress { steering, plan, next, .. } = progress;
        if let Some(by) = &steering.aborted {
            return Ok(Next::Record(aborted(by)));
        }
        if steering.paused && matches!(plan.steps[*next], Step::ShiftTraffic(_)) {
            walk.session = None;
            self.recorder.flush().await?;
            tokio::select! {
                () = self.steered(&mut walk.steering_changes) => {}
                () = self.stop.cancelled() => {}
            }
            return Ok(Next::Reread);
        }
        let step = &plan.steps[*next];
        let walked = self.step(deployment, progress, step, walk).await?;
        Ok(self.next_after(step, walked))
    }

    /// Runs `step`. On the way forward it follows what operators ask meanwhile.
    pub(super) async fn step(
        &self,
        deployment: &Deployment,
        progress: &Progress,
        step: &Step,
        Walk { session, steering_changes, begun }: &mut Walk,
    ) -> Result<StepResult, NotRecorded> {
        if !std::mem::take(begun) {
            self.recorder.record(begins(step)).await?;
        }
        info!(deployment.id = %self.id, step.name = step.name(), "{}", step.title());
        let session = self.session(session, deployment, &progress.plan);
        let (learned, findings) = mpsc::channel(LEARNED);
        let is_forward = matches!(deployment.state, State::Deploying(_));
        let asked = if is_forward { progress.steering.clone() } else { Steering::default() };
        let steering = watch::Sender::new(asked);
        let work = self.work();
        let shared = self.shared(deployment, step).await;
        let context = Context {
            id: self.id,
            plan: &progress.plan,
            image: &deployment.acceptance.request.image,
            cluster: &session.cluster,
            view: &session.view,
            others: self.engine.others.as_ref(),
            prober: self.engine.prober.as_ref(),
            clock: &self.engine.clock,
            began: progress.began.unwrap_or_else(|| self.engine.clock.now()),
            work: &work,
            findings: &progress.findings,
            shared: &shared,
            waits: WaitReporter::new(learned.clone()),
            learned,
            signals: Signals::new(self.stop.clone(), steering.subscribe()),
        };
        let result = tokio::select! {
            result = self.recording(findings, step.run(&context)) => result,
            never = self.pass_on(steering_changes, &steering), if is_forward => match never {},
        };
        Ok(match result {
            Err(_) if self.stop.is_cancelled() => Err(StepError::Interrupted),
            result => result,
        })
    }

    /// The objects that other deployments applied meanwhile, for a step that takes objects back.
    /// Where the record cannot be read, nothing else can be done either.
    async fn shared(&self, deployment: &Deployment, step: &Step) -> Vec<Document> {
        if !matches!(step, Step::RestoreObjects(_) | Step::BringBackObjects(_)) {
            return Vec::new();
        }
        let meanwhile = self.engine.applied_meanwhile(deployment).await;
        meanwhile.inspect_err(|error| self.log_unreadable(error)).unwrap_or_default()
    }

    /// What comes after a step.
    pub(super) fn next_after(&self, step: &Step, result: StepResult) -> Next {
        match result {
            Ok(findings) => Next::Record(StepEvent::StepEnded { findings }.into()),
            Err(StepError::Interrupted) => Next::Stop,
            Err(StepError::Aborted(by)) => Next::Record(aborted(&by)),
            Err(StepError::Failed(reason)) => self.failed(step, Failure::Failed { reason }),
            Err(StepError::Conflict(reason)) => self.failed(step, Failure::Conflict { reason }),
            Err(StepError::Refused(reason)) => {
                self.failed(step, Failure::Rejected { reason: Reason::stated(reason) })
            }
            Err(StepError::Withdrawn(withdrawal)) => {
                self.failed(step, Failure::Rejected { reason: Reason::Withdrawn { withdrawal } })
            }
        }
    }

    pub(super) fn log_unreadable(&self, error: &StoreError) {
        error!(deployment.id = %self.id, error = error as &dyn std::error::Error, "The journal cannot be read");
    }

    fn failed(&self, step: &Step, failure: Failure) -> Next {
        warn!(deployment.id = %self.id, step.name = step.name(), reason = %failure.reason(), "Step failed");
        Next::Record(StepEvent::StepFailed { failure }.into())
    }

    /// Passes on what operators ask of this deployment; never returns.
    async fn pass_on(
        &self,
        steering_changes: &mut Changes,
        steering: &watch::Sender<Steering>,
    ) -> Infallible {
        loop {
            self.steered(steering_changes).await;
            if let Ok(Some(Deployment { state: State::Deploying(progress), .. })) =
                self.engine.journal.deployment(self.id).await
            {
                steering.send_replace(progress.steering);
            }
        }
    }

    /// Waits until an operator may have asked something of this deployment.
    pub(super) async fn steered(&self, steering_changes: &mut Changes) {
        steering_changes.until(|record| record.deployment == *self.id).await;
    }

    /// Runs a step, or the planning, and records what it learns on the way.
    pub(super) async fn recording<T>(
        &self,
        mut findings: mpsc::Receiver<Observation>,
        step: impl Future<Output = T>,
    ) -> T {
        tokio::pin!(step);
        let result = loop {
            tokio::select! {
                biased;
                Some(finding) = findings.recv() => self.learned(finding).await,
                result = &mut step => break result,
            }
        };
        while let Ok(finding) = findings.try_recv() {
            self.learned(finding).await;
        }
        result
    }

    /// What people look for, and what a rollback needs of a step that goes on to a program, is
    /// written at once.
    async fn learned(&self, finding: Observation) {
        if let Observation::Waiting(Some(reason)) = &finding {
            let reason = self.engine.redactor.text(reason);
            warn!(deployment.id = %self.id, %reason, "Waiting");
        }
        let at_once = matches!(
            finding,
            Observation::Waiting(Some(_))
                | Observation::Candidate { .. }
                | Observation::Image(_)
                | Observation::ObjectsBefore(_)
                | Observation::Job(_)
        );
        let learned = StepEvent::StepLearned { finding };
        if at_once {
            // Where it cannot be recorded, nothing can be, and no program starts.
            let _ = self.recorder.record(learned).await;
        } else {
            self.recorder.add(learned).await;
        }
    }

    /// Removes the deployment's own directory, then closes the record.
    async fn close(&self, outcome: &Conclusion) -> Event {
        let work = self.work();
        if let Err(error) = fs::remove_dir_all(&work).await
            && error.kind() != std::io::ErrorKind::NotFound
        {
            warn!(deployment.id = %self.id, directory = %work.display(), error = %error, "Failed to remove the work directory");
        }
        info!(deployment.id = %self.id, end = outcome.end.name(), reason = outcome.reason.as_ref().map(tracing::field::display), "Deployment ended");
        DeploymentEvent::Ended { end: outcome.end, reason: outcome.reason.clone() }.into()
    }

    pub(super) fn work(&self) -> PathBuf {
        self.engine.work.join(self.id.as_str())
    }
}

/// The beginning of the step that comes next, where nothing has to be decided before it.
fn step_begins(deployment: &Deployment) -> Option<Event> {
    match &deployment.state {
        State::Deploying(Progress { steering, plan, next, .. }) => {
            let step = &plan.steps[*next];
            let waits = steering.paused && matches!(step, Step::ShiftTraffic(_));
            (steering.aborted.is_none() && !waits).then(|| begins(step).into())
        }
        State::RollingBack(Progress { plan, next, .. }, rollback) => {
            let step = rollback.steps(plan).get(*next)?;
            rollback.failed_rollback.is_none().then(|| begins(step).into())
        }
        State::AwaitingApproval { .. }
        | State::AwaitingWindow { .. }
        | State::Queued
        | State::Planning(_)
        | State::Closing(_)
        | State::Ended(_) => None,
    }
}

fn begins(step: &Step) -> StepEvent {
    StepEvent::StepStarted { step: step.name().to_owned() }
}

pub(super) fn aborted(by: &Requester) -> Event {
    StepEvent::StepFailed { failure: Failure::Aborted { by: by.clone() } }.into()
}
