//! Reads what serves now, and makes the plan. Changes nothing.

use std::time::Duration;

use boathook_core::{
    deployment::RevisionName,
    rollout::{Note, Plan, Probing, is_cluster_local},
};
use tokio::time::Instant;

use crate::{
    cluster::{Revision, Service},
    diagnosis::{self, Outlook},
    engine::{
        own_rollback::has_no_traffic,
        survey_error::SurveyError,
        survey_reads::{Folder, Seen, comes_back},
        surveyor::Surveyor,
    },
    plan::{
        self, BringBack, FolderObjects, LiveService, PriorHealth, Proven, Serves, Serving, Unusable,
    },
    steps::{SHORT, probe, trying_again},
};

/// How often a service is probed before it counts as silent: one request may be lost.
const TRIES: u32 = 3;
/// The interval between tries while the cluster is unreachable, its status is stale, or nothing
/// answers.
const PAUSE: Duration = Duration::from_secs(1);

impl Surveyor<'_> {
    /// Makes the plan. While the cluster or a remote base is unreachable, or the status is stale,
    /// it reads again.
    pub(super) async fn plan(&self) -> Result<Plan, SurveyError> {
        let began = Instant::now();
        let until = began + self.settings().waits.retry_for;
        loop {
            let again = Instant::now() + PAUSE;
            match self.plan_once(began).await {
                Err(error) if error.is_retryable() => {
                    let again = again.max(Instant::now() + error.retry_after());
                    if again > until {
                        return Err(error);
                    }
                    if let Some(waits) = self.context.waits.filter(|_| began.elapsed() >= SHORT) {
                        waits.report_now(&trying_again(&error)).await;
                    }
                    tokio::time::sleep_until(again).await;
                }
                Ok(plan) => return Ok(self.with_changes(self.with_source(plan)).await),
                Err(error) => return Err(error),
            }
        }
    }

    /// The plan, which says where its manifests come from.
    fn with_source(&self, plan: Plan) -> Plan {
        Plan { manifests: self.context.manifests.source.clone(), ..plan }
    }

    async fn plan_once(&self, began: Instant) -> Result<Plan, SurveyError> {
        match &self.proven {
            Some(proven) => self.plan_back(proven, began).await,
            None => self.plan_forward(began).await,
        }
    }

    async fn plan_back(&self, proven: &Proven, began: Instant) -> Result<Plan, SurveyError> {
        let namespace = &self.request.namespace;
        let live = async { self.live(began, self.seen().await, None).await };
        let found = self.cluster().revision(namespace, &proven.revision);
        let (live, found) = tokio::try_join!(live, async { Ok(found.await) })?;
        let found = found?;
        let turned_bad = self.turned_bad.as_ref();
        if let Some(reason) = turned_bad.and_then(|bad| has_no_traffic(bad, live.as_ref())) {
            return Err(SurveyError::Overtaken(reason));
        }
        let bring_back = BringBack {
            id: self.id,
            request: self.request,
            settings: self.settings(),
            proven: proven.clone(),
            beside: self.beside.clone(),
            alive: found.filter(|revision| revision.uid() == proven.uid),
            live: live.as_ref(),
        };
        let service = plan::compare_service(&proven.manifest, &proven.image, live.as_ref());
        Ok(Plan { changes: self.changes_of_service(service), ..bring_back.plan()? })
    }

    async fn plan_forward(&self, began: Instant) -> Result<Plan, SurveyError> {
        let settings = self.settings();
        // The folder's own faults come first, and end it at once.
        let (folder, seen) = tokio::try_join!(self.folder(), async { Ok(self.seen().await) })?;
        let Folder { documents, replaced } = folder;
        self.check_bundle(&documents)?;
        let mut rendered =
            FolderObjects { settings, documents: &documents, directory: &self.directory() }
                .render(self.request, self.id)?;
        self.check_permissions(&rendered.beside).await?;
        self.check_job_permissions(&rendered.jobs).await?;
        // A folder of many services takes megabytes, and the cluster is waited for next.
        drop(documents);
        rendered.notes.extend(replaced.into_iter().map(Note::from));
        let (asking, _) = settings.asking(&rendered.service.document.0["spec"]["template"]);
        let live = self.live(began, seen, Some(&asking.verify)).await?;
        let of_service =
            plan::compare_service(&rendered.service, &self.request.image, live.as_ref());
        let mut plan = plan::build(self.request, settings, rendered, live.as_ref());
        plan.changes = self.changes_of_service(of_service);
        Ok(match &self.context.check {
            Some(check) => plan.with_check(check.clone()),
            None => plan,
        })
    }

    /// The service, if it exists, and what serves. `new` is how the new manifest wants the service
    /// to be probed.
    async fn live(
        &self,
        began: Instant,
        seen: Seen,
        new: Option<&Probing>,
    ) -> Result<Option<LiveService>, SurveyError> {
        let key = self.request.service();
        let Some(service) = self.observed(seen.service?)? else { return Ok(None) };
        let domain = &self.settings().verify.url.domain;
        let is_local = service.url().is_some_and(|url| is_cluster_local(url, domain));
        plan::check_reach(self.settings(), &key, is_local)?;
        let stable = plan::stable(&key, &service, self.context.known.as_ref())?;
        let lost = self.lost_tags(&service, stable.as_ref());
        let found = self.stable_revision(stable.as_ref(), seen.known);
        let (lost, found) = tokio::try_join!(lost, async { Ok(found.await) })?;
        let serves = match stable {
            Some(stable) => self.serves(&service, (stable, found?), new, began).await?,
            None => Serves::Nothing(None),
        };
        Ok(Some(LiveService { service, lost, serves }))
    }

    /// Whether `stable` serves, which was `found` so. A silent revision that is not Ready cannot be
    /// stable, unless it recovers within the grace time.
    async fn serves(
        &self,
        service: &Service,
        (stable, found): (RevisionName, Option<Revision>),
        new: Option<&Probing>,
        began: Instant,
    ) -> Result<Serves, SurveyError> {
        let may_recover = || began.elapsed() < self.grace();
        let Some(revision) = found else {
            return if comes_back(service, &stable) && may_recover() {
                Err(SurveyError::Deleted(stable))
            } else {
                Ok(Serves::Nothing(Some(Unusable::Deleted(stable))))
            };
        };
        let (asking, _) = self.settings().asking(&revision.template().0);
        let answered = self.ask(service, &asking.verify, began).await;
        let answered_new = match new {
            Some(new) if *new != asking.verify => self.ask(service, new, began).await,
            Some(_) | None => answered,
        };
        match diagnosis::of_revision(&revision).filter(|_| answered == PriorHealth::NoAnswer) {
            None => Ok(Serves::Revision(Box::new(Serving {
                name: stable,
                revision,
                answered,
                answered_new,
            }))),
            Some(found) if found.outlook() == Outlook::Transient && may_recover() => {
                Err(SurveyError::Unready(found.words().to_owned()))
            }
            Some(_) => Ok(Serves::Nothing(Some(Unusable::Unready(stable)))),
        }
    }

    /// How long stable may be unready or gone. It ends before the last read, which then reports
    /// that nothing serves.
    fn grace(&self) -> Duration {
        let waits = &self.settings().waits;
        waits.unready_grace.min(waits.retry_for.saturating_sub(PAUSE))
    }

    /// How the service's own URL answers now, so that a candidate is not blamed for a fault that
    /// was there before.
    async fn ask(&self, service: &Service, probing: &Probing, began: Instant) -> PriorHealth {
        let Some(url) = service.url() else { return PriorHealth::NoAnswer };
        for tried in 1..=TRIES {
            let sample = probe(probing, self.context.prober, url, tried == 1).await;
            match sample.failure {
                None => return PriorHealth::Healthy,
                Some(_) if sample.answered => return PriorHealth::Unhealthy,
                // A dry run has little time; one silent probe may use it up.
                Some(_) if tried < TRIES && began.elapsed() < self.settings().waits.retry_for => {
                    tokio::time::sleep(PAUSE).await
                }
                Some(_) => break,
            }
        }
        PriorHealth::NoAnswer
    }
}
