//! From a request to its plan: reads the cluster, and ends the deployment if no plan can be made.

use std::{sync::Arc, time::Duration};

use boathook_core::{
    deployment::{DeploymentId, error_chain},
    record::{DeploymentEvent, Failure, Origin, StepEvent},
    rollout::{ChangedObjects, ManifestSource, Steering},
    state::Deployment,
};
use tokio::sync::mpsc;
use tracing::warn;

use crate::{
    engine::{
        ChosenManifests, Configuration,
        chosen_manifests::ManifestChoiceError,
        executor::{Executor, LEARNED, News, Next, aborted},
        own_rollback::no_longer_serves,
        proven::{ProvenError, proven},
        recorder::NotRecorded,
        redeploy::overtaken,
        survey_error::SurveyError,
        surveyor::{PlanningContext, Surveyor},
    },
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
        news: &mut News,
    ) -> Result<Next, NotRecorded> {
        if let Some(by) = &steering.aborted {
            return Ok(Next::Record(aborted(by)));
        }
        let request = &deployment.acceptance.request;
        let service = request.service();
        let configuration = self.engine.configuration.get();
        let Some(settings) = (configuration.settings)(request.environment, &service) else {
            let reason = format!("{} is not configured any more", request.environment);
            return Ok(Next::Record(
                StepEvent::StepFailed { failure: Failure::Failed { reason } }.into(),
            ));
        };
        let check = self.engine.check(&deployment.acceptance, &settings);
        let withdrawn = self.engine.withdrawn(&deployment.acceptance, &settings);
        let (known, check, withdrawn) = match tokio::try_join!(
            self.engine.journal.last_success(request.environment, &service),
            check,
            withdrawn
        ) {
            Ok(read) => read,
            Err(error) => {
                self.log_unreadable(&error);
                return Ok(Next::Stop);
            }
        };
        let redeploys = match &deployment.acceptance.origin {
            Origin::Redeploy { of, by: _ } => Some(of),
            Origin::Requested | Origin::Retry { .. } | Origin::Rollback { .. } => None,
        };
        let after_watch = deployment.acceptance.origin.after_watch();
        let overtaken = match after_watch {
            Some(of) => no_longer_serves(of, known.as_ref()),
            None => redeploys.and_then(|_| overtaken(request, known.as_ref())),
        };
        if let Some(reason) = overtaken.or(withdrawn.map(|withdrawal| withdrawal.refusal())) {
            return Ok(rejected(reason));
        }
        let proven = match &deployment.acceptance.origin {
            Origin::Rollback { to, .. } => match proven(&self.engine.journal, to).await {
                Ok(proven) => Some(proven),
                Err(ProvenError::Store(error)) => {
                    self.log_unreadable(&error);
                    return Ok(Next::Stop);
                }
                Err(error) => return Ok(unplanned(self.id, &error)),
            },
            Origin::Requested | Origin::Retry { .. } | Origin::Redeploy { .. } => None,
        };
        let manifests = match &deployment.acceptance.origin {
            Origin::Rollback { to, .. } => {
                let stay = settings.rollback.objects == ChangedObjects::Keep;
                let again = |source: ManifestSource| match stay {
                    true => source.since(to).of_the_revision_alone(),
                    false => source.since(to),
                };
                let source = self.engine.journal.manifests_of(to).await;
                source
                    .map(|source| ChosenManifests::recorded(source.map(again)))
                    .map_err(ManifestChoiceError::from)
            }
            Origin::Requested | Origin::Retry { .. } | Origin::Redeploy { .. } => {
                self.engine.manifests_for(request, &settings, None, &self.work()).await
            }
        };
        let manifests = match manifests {
            Ok(manifests) => manifests,
            Err(ManifestChoiceError::Store(error)) => {
                self.log_unreadable(&error);
                return Ok(Next::Stop);
            }
            Err(ManifestChoiceError::NotAllowed(reason)) => return Ok(rejected(reason)),
            Err(error) => return Ok(unplanned(self.id, &error)),
        };
        let (acceptance, rule) = (&deployment.acceptance, settings.rollback);
        let applied = self.engine.applied_before(acceptance, rule, known.as_ref()).await;
        let (beside, leftovers) = match applied {
            Ok(applied) => applied,
            Err(error) => {
                self.log_unreadable(&error);
                return Ok(Next::Stop);
            }
        };
        let serves = known.map(|success| success.revision);
        let cluster = self.cluster(deployment, &settings.timeouts, &configuration.tools);
        let (learned, findings) = mpsc::channel(LEARNED);
        let waits = WaitReporter::new(learned);
        let work = self.work();
        let context = PlanningContext {
            settings: &settings,
            cluster: &cluster,
            redactor: &self.engine.redactor,
            prober: self.engine.prober.as_ref(),
            known: serves.clone(),
            check,
            documents: None,
            manifests: &manifests,
            waits: Some(&waits),
            compare_in: Some(&work),
        };
        let turned_bad = after_watch.and(serves);
        let surveyor = Surveyor { id: self.id, request, proven, beside, turned_bad, context };
        let planned = tokio::select! {
            planned = self.recording(findings, surveyor.plan()) => Some(planned),
            () = self.stop.cancelled() => return Ok(Next::Stop),
            () = self.steered(news) => None,
            () = self.reloaded(&configuration, &waits) => None,
        };
        let Some(planned) = planned else { return Ok(Next::Reread) };
        Ok(match planned {
            Ok(plan) => {
                let plan = match redeploys {
                    Some(of) => self.engine.as_redeploy(plan, request, of).await,
                    None => Ok(plan),
                };
                let mut plan = match plan {
                    Ok(plan) => plan.with_leftovers(leftovers),
                    Err(reason) => return Ok(rejected(reason)),
                };
                match self.put_aside(&plan.seal()).await {
                    Ok(()) => {
                        Next::Record(DeploymentEvent::Planned { plan: Arc::new(plan) }.into())
                    }
                    Err(error) => unplanned(self.id, &error),
                }
            }
            Err(_) if self.stop.is_cancelled() => Next::Stop,
            Err(SurveyError::Overtaken(reason) | SurveyError::NotAllowed(reason)) => {
                rejected(reason)
            }
            Err(error) => unplanned(self.id, &error),
        })
    }
}

impl Executor<'_> {
    /// Returns when the configuration was exchanged while the planning waits: what it waits for may
    /// be mended.
    async fn reloaded(&self, used: &Arc<Configuration>, waits: &WaitReporter) {
        while !waits.is_waiting() || Arc::ptr_eq(used, &self.engine.configuration.get()) {
            tokio::time::sleep(RECONSIDER).await;
        }
    }
}

fn rejected(reason: String) -> Next {
    Next::Record(StepEvent::StepFailed { failure: Failure::Rejected { reason } }.into())
}

fn unplanned(id: &DeploymentId, error: &dyn std::error::Error) -> Next {
    let reason = error_chain(error);
    warn!(deployment.id = %id, reason, "No plan could be made");
    Next::Record(StepEvent::StepFailed { failure: Failure::Failed { reason } }.into())
}
