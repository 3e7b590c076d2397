//! One watch: it goes on for the rest of its time, and its end is recorded once.

use std::{sync::Arc, time::Duration};

use boathook_core::{
    deployment::{DeploymentId, error_chain},
    health::Figures,
    rate::Backoff,
    record::{AfterBad, Event, WatchEnd, WatchEvent},
    rollout::{OnBad, Plan, Steering},
    state::{Deployment, State},
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    engine::{Engine, redacted::redacted},
    journal::{AppendError, StoreError, WatchRollbackError},
    steps::{Context, Signals, View, WaitReporter, WatchVerdict, Watched, watch_success},
};

/// Pauses while the journal cannot be read or written.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
/// Why a bad revision goes on serving.
const NOTIFY_ONLY: &str = "the config says `on_bad: notify`";

impl Engine {
    /// Watches one success to the end of its watch, or until boathook stops.
    pub(super) async fn watch_one(
        &self,
        id: &DeploymentId,
        deployment: &Deployment,
        stop: &CancellationToken,
    ) {
        let mut backoff = BACKOFF;
        while let Err(error) = self.try_to_watch(id, deployment, stop).await {
            warn!(deployment.id = %id, error = %error_chain(&error), "The journal cannot be read or written; the watch begins anew");
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(backoff.pause()) => {}
            }
        }
    }

    async fn try_to_watch(
        &self,
        id: &DeploymentId,
        deployment: &Deployment,
        stop: &CancellationToken,
    ) -> Result<(), StoreError> {
        let records = self.journal.records(id, 0).await?;
        let plan = records.iter().find_map(|record| record.event.plan());
        let (Some(plan), State::Ended(_)) = (plan, &deployment.state) else { return Ok(()) };
        self.know_secrets_of(deployment).await;
        let watched = tokio::select! {
            watched = self.run_watch(id, deployment, plan, stop) => watched,
            () = self.until_over(id, deployment) => return Ok(()),
            () = stop.cancelled() => return Ok(()),
        };
        let Some(Watched { verdict, figures }) = watched else { return Ok(()) };
        let end = match verdict {
            WatchVerdict::Interrupted => return Ok(()),
            WatchVerdict::Clean => WatchEnd::Clean,
            WatchVerdict::Changed { found } => WatchEnd::Changed { found },
            WatchVerdict::Bad { reason } => {
                return self.turned_bad(id, deployment, reason, figures).await;
            }
        };
        self.end_watch(id, end, figures).await
    }

    /// Probes until there is a verdict.
    async fn run_watch(
        &self,
        id: &DeploymentId,
        deployment: &Deployment,
        plan: &Arc<Plan>,
        stop: &CancellationToken,
    ) -> Option<Watched> {
        let watched = deployment.watched()?;
        let left = watched.progress.until()?.duration_since(self.clock.now());
        let ends = Instant::now() + Duration::try_from(left).unwrap_or_default();
        let findings = deployment.state.findings()?;
        let cluster = self.cluster(Arc::clone(&self.configuration.get().tools), &plan.timeouts);
        let view = View::new(&self.feeds, &plan.service.namespace, &plan.timeouts);
        // Nobody steers a watch, and nobody records what it waits for.
        let (steering, asked) = watch::channel(Steering::default());
        let (learned, _) = mpsc::channel(1);
        info!(deployment.id = %id, "Watching {} until {}", plan.service, watched.progress.until()?);
        let context = Context {
            id,
            plan,
            image: &deployment.acceptance.request.image,
            cluster: &cluster,
            view: &view,
            others: self.others.as_ref(),
            prober: self.prober.as_ref(),
            clock: &self.clock,
            // Of the outcome: a watch comes after it and leaves that time alone.
            began: deployment.changed_at,
            work: &self.work.join(id.as_str()),
            findings,
            shared: &[],
            waits: WaitReporter::new(learned.clone()),
            learned,
            signals: Signals::new(stop.clone(), asked),
        };
        let seen = watch_success(&context, &watched.watch, ends).await;
        drop(steering);
        Some(seen)
    }

    /// Returns once the journal says that the watch is over.
    async fn until_over(&self, id: &DeploymentId, deployment: &Deployment) {
        let service = deployment.acceptance.request.service();
        let mut changes = self.journal.milestones();
        while self.journal.is_watched(id, &service) {
            changes.next().await;
        }
    }

    async fn turned_bad(
        &self,
        id: &DeploymentId,
        deployment: &Deployment,
        reason: String,
        figures: Figures,
    ) -> Result<(), StoreError> {
        let reason = self.redactor.text(&reason).into_owned();
        warn!(deployment.id = %id, reason, "A watched success turned bad");
        let on_bad = deployment.watch.as_ref().map(|watch| watch.watch.on_bad);
        let why = match on_bad.unwrap_or_default() {
            OnBad::Notify => NOTIFY_ONLY.to_owned(),
            OnBad::Rollback => {
                match self.journal.roll_back_watched(id, reason.clone(), figures.clone()).await {
                    Ok(rollback) => {
                        info!(deployment.id = %id, rollback = %rollback.id, "Rolling back");
                        return Ok(());
                    }
                    Err(WatchRollbackError::Over) => return Ok(()),
                    Err(WatchRollbackError::Store(error)) => return Err(error),
                    Err(
                        why @ (WatchRollbackError::Locked(_)
                        | WatchRollbackError::NothingToRollBackTo(_)),
                    ) => why.to_string(),
                }
            }
        };
        let then = AfterBad::Stays { why };
        self.end_watch(id, WatchEnd::Bad { reason, then }, figures).await
    }

    /// If the watch is over already, nothing is recorded.
    async fn end_watch(
        &self,
        id: &DeploymentId,
        end: WatchEnd,
        figures: Figures,
    ) -> Result<(), StoreError> {
        let event = Event::from(WatchEvent::WatchEnded { end, figures });
        match self.journal.append(id, redacted(event, &self.redactor)).await {
            Ok(_) | Err(AppendError::Illegal(_) | AppendError::Unknown(_)) => Ok(()),
            Err(AppendError::Store(error)) => Err(error),
        }
    }
}
