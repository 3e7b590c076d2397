//! From a request to its plan: reads record and cluster, and ends the deployment if no plan can be
//! made.

use std::{sync::Arc, time::Duration};

use boathook_core::{
    record::{Acceptance, DeploymentEvent, Failure, Origin, StepEvent},
    rollout::{Plan, Steering},
    state::Deployment,
};
use tokio::sync::mpsc;
use tracing::warn;

use crate::{
    engine::{
        Configuration,
        executor::{Executor, LEARNED, Next, aborted},
        not_planned::NotPlanned,
        surveyor::{PlanningContext, Surveyor},
    },
    journal::Changes,
    steps::WaitReporter,
};

/// How often a planning that waits looks for another configuration.
const RECONSIDER: Duration = Duration::from_secs(1);

impl Executor<'_> {
    /// Reads the cluster and decides every step.
    pub(super) async fn plan(
        &self,
        deployment: &Deployment,
        steering: &Steering,
        steering_changes: &mut Changes,
    ) -> Next {
        if let Some(by) = &steering.aborted {
            return Next::Record(aborted(by));
        }
        let failure = match self.plan_or_not(deployment, steering_changes).await {
            Ok(next) => return next,
            Err(NotPlanned::Unreadable(error)) => {
                self.log_unreadable(&error);
                return Next::Stop;
            }
            Err(NotPlanned::Rejected(reason)) => Failure::Rejected { reason },
            Err(NotPlanned::Failed(reason)) => {
                warn!(deployment.id = %self.id, reason, "No plan could be made");
                Failure::Failed { reason }
            }
        };
        Next::Record(StepEvent::StepFailed { failure }.into())
    }

    async fn plan_or_not(
        &self,
        deployment: &Deployment,
        steering_changes: &mut Changes,
    ) -> Result<Next, NotPlanned> {
        let acceptance = &deployment.acceptance;
        let request = &acceptance.request;
        let configuration = self.engine.configuration.get();
        let settings = (configuration.settings)(request.environment, &request.service())
            .ok_or_else(|| {
                NotPlanned::Failed(format!("{} is not configured any more", request.environment))
            })?;
        let work = self.work();
        let basis = self.engine.basis(acceptance, &settings, &work).await?;
        let serves = basis.known.map(|success| success.revision);
        let cluster = self.cluster(deployment, &settings.timeouts, &configuration.tools);
        let (learned, findings) = mpsc::channel(LEARNED);
        let waits = WaitReporter::new(learned);
        let surveyor = Surveyor {
            id: self.id,
            request,
            proven: basis.proven,
            beside: basis.beside,
            turned_bad: acceptance.origin.after_watch().and(serves.clone()),
            context: PlanningContext {
                settings: &settings,
                cluster: &cluster,
                redactor: &self.engine.redactor,
                prober: self.engine.prober.as_ref(),
                known: serves,
                check: basis.check,
                documents: None,
                manifests: &basis.manifests,
                waits: Some(&waits),
                compare_in: Some(&work),
            },
        };
        let planned = tokio::select! {
            planned = self.recording(findings, surveyor.plan()) => planned,
            () = self.stop.cancelled() => return Ok(Next::Stop),
            () = self.steered(steering_changes) => return Ok(Next::Reread),
            () = self.reloaded(&configuration, &waits) => return Ok(Next::Reread),
        };
        if planned.is_err() && self.stop.is_cancelled() {
            return Ok(Next::Stop);
        }
        let plan = self.for_origin(planned?, acceptance).await?;
        let mut plan = plan.with_leftovers(basis.leftovers);
        self.put_aside(&plan.seal()).await.map_err(|error| NotPlanned::failed(&error))?;
        Ok(Next::Record(DeploymentEvent::Planned { plan: Arc::new(plan) }.into()))
    }

    /// The plan, adapted where it is that of a redeploy.
    async fn for_origin(&self, plan: Plan, acceptance: &Acceptance) -> Result<Plan, NotPlanned> {
        match &acceptance.origin {
            Origin::Redeploy { of, by: _ } => {
                let redeploy = self.engine.as_redeploy(plan, &acceptance.request, of).await;
                redeploy.map_err(NotPlanned::rejected)
            }
            Origin::Requested | Origin::Retry { .. } | Origin::Rollback { .. } => Ok(plan),
        }
    }

    /// Returns when the configuration was exchanged while the planning waits: what it waits for may
    /// be mended.
    async fn reloaded(&self, used: &Arc<Configuration>, waits: &WaitReporter) {
        while !waits.is_waiting() || Arc::ptr_eq(used, &self.engine.configuration.get()) {
            tokio::time::sleep(RECONSIDER).await;
        }
    }
}
