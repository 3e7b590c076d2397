//! Reads what serves now, and makes the plan. Changes nothing.

use std::time::Duration;

use boathook_core::{
    deployment::{DeployRequest, DeploymentId, RevisionName},
    health::Prober,
    objects::{Document, KeptTargets},
    rollout::{Note, Plan, Probing, is_cluster_local, steps::CheckProven},
};
use tokio::time::Instant;

use crate::{
    cluster::{Cluster, ClusterError, Condition, Service},
    diagnosis::{self, Outlook},
    engine::proven::ProvenError,
    manifests::{ManifestError, ManifestFolder},
    plan::{
        self, BringBack, FolderObjects, LiveService, LiveState, LostTag, PlanError, PriorHealth,
        Proven, Serves, Serving, Settings, Unusable,
    },
    redact::Redactor,
    steps::{SHORT, WaitReporter, probe, trying_again},
};

/// How often a service is probed before it counts as silent: one request may be lost.
const TRIES: u32 = 3;
/// The interval between tries while the cluster is unreachable, its status is stale, or nothing
/// answers.
const PAUSE: Duration = Duration::from_secs(1);
/// The most tagged revisions to read, one program run each.
const TAGS_MAX: usize = 20;

/// Why no plan was made. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// The manifests cannot be read.
    #[error(transparent)]
    Manifests(#[from] ManifestError),
    /// The state of the cluster allows no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The image is not proven where it must be.
    #[error(transparent)]
    Proven(#[from] ProvenError),
    /// The cluster could not be asked.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The revision that serves is not Ready, in the cluster's own words.
    #[error("{0}, and it does not answer")]
    Unready(String),
    /// The revision that serves was deleted.
    #[error("revision {0} was deleted, and Knative has not recreated it")]
    Deleted(RevisionName),
    /// The service's status is of an older generation.
    #[error("status of {0} lags behind its spec: Knative's controller does not respond")]
    Stale(String),
}

impl SurveyError {
    /// How long the API server asks to wait before the next read.
    fn retry_after(&self) -> Duration {
        match self {
            Self::Cluster(error) => error.retry_after().unwrap_or_default(),
            _ => Duration::ZERO,
        }
    }

    /// Whether the state may be different on the next read.
    const fn is_retryable(&self) -> bool {
        match self {
            Self::Stale(_) | Self::Unready(_) | Self::Deleted(_) => true,
            Self::Cluster(error)
            | Self::Manifests(ManifestError::NotBuilt { source: error, .. }) => {
                error.is_retryable()
            }
            Self::Manifests(_) | Self::Plan(_) | Self::Proven(_) => false,
        }
    }
}

/// What a plan is made with.
#[derive(Clone)]
pub struct PlanningContext<'a> {
    /// The settings of the service.
    pub settings: &'a Settings,
    /// The cluster.
    pub cluster: &'a Cluster,
    /// Learns the secrets in the manifests.
    pub redactor: &'a Redactor,
    /// Probes the service as it is now.
    pub prober: &'a dyn Prober,
    /// The revision that served last, according to the journal.
    pub known: Option<RevisionName>,
    /// The digests allowed for an image whose digest only a pull shows.
    pub check: Option<CheckProven>,
    /// The objects of the service's folder, if they were already read.
    pub documents: Option<&'a [Document]>,
    /// Tells what it waits for; a dry run tells nobody.
    pub waits: Option<&'a WaitReporter>,
}

/// What is planned.
pub(super) struct Surveyor<'a> {
    pub(super) id: &'a DeploymentId,
    pub(super) request: &'a DeployRequest,
    /// What to restore, in a rollback ordered by an operator.
    pub(super) proven: Option<Proven>,
    pub(super) context: PlanningContext<'a>,
}

impl<'a> Surveyor<'a> {
    const fn settings(&self) -> &'a Settings {
        self.context.settings
    }

    const fn cluster(&self) -> &'a Cluster {
        self.context.cluster
    }

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
                decided => return decided,
            }
        }
    }

    async fn plan_once(&self, began: Instant) -> Result<Plan, SurveyError> {
        match &self.proven {
            Some(proven) => self.plan_back(proven, began).await,
            None => self.plan_forward(began).await,
        }
    }

    async fn plan_back(&self, proven: &Proven, began: Instant) -> Result<Plan, SurveyError> {
        let live = self.live(began, None).await?;
        let found = self.cluster().revision(&self.request.namespace, &proven.revision).await?;
        let bring_back = BringBack {
            id: self.id,
            request: self.request,
            settings: self.settings(),
            proven: proven.clone(),
            alive: found.filter(|revision| revision.uid() == proven.uid),
            live: live.as_ref(),
        };
        Ok(bring_back.plan()?)
    }

    async fn plan_forward(&self, began: Instant) -> Result<Plan, SurveyError> {
        let settings = self.settings();
        let folder =
            ManifestFolder { path: &settings.manifests, remote_bases: settings.remote_bases };
        let read;
        let (documents, replaced) = match self.context.documents {
            Some(documents) => (documents, [].as_slice()),
            None => {
                read = folder.read(self.cluster(), self.context.redactor).await?;
                (read.documents.as_slice(), read.replaced.as_slice())
            }
        };
        let namespaces = self.namespaces(documents).await?;
        let objects = FolderObjects { settings, documents, namespaces: &namespaces };
        let mut rendered = objects.render(self.request, self.id)?;
        rendered.notes.extend(replaced.iter().cloned().map(Note::from));
        let (asking, _) = settings.asking(&rendered.service.document.0["spec"]["template"]);
        let live = self.live(began, Some(&asking.verify)).await?;
        let plan = plan::build(self.request, settings, rendered, live.as_ref());
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
        new: Option<&Probing>,
    ) -> Result<Option<LiveService>, SurveyError> {
        let key = self.request.service();
        let Some(service) = self.service().await? else { return Ok(None) };
        let domain = &self.settings().verify.url.domain;
        let is_local = service.url().is_some_and(|url| is_cluster_local(url, domain));
        plan::check_reach(self.settings(), &key, is_local)?;
        let stable = plan::stable(&key, &service, self.context.known.as_ref())?;
        let lost = self.lost_tags(&service, stable.as_ref()).await?;
        let serves = match stable {
            Some(stable) => self.serves(&service, stable, new, began).await?,
            None => Serves::Nothing(None),
        };
        Ok(Some(LiveService { service, lost, serves }))
    }

    /// Whether `stable` serves. A silent revision that is not Ready cannot be stable, unless it
    /// recovers within the grace time.
    async fn serves(
        &self,
        service: &Service,
        stable: RevisionName,
        new: Option<&Probing>,
        began: Instant,
    ) -> Result<Serves, SurveyError> {
        let may_recover = || began.elapsed() < self.grace();
        let found = self.cluster().revision(&self.request.namespace, &stable).await?;
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

    /// The tags of others on revisions that were deleted, or whose containers or image fail. One
    /// that the cluster itself may still make Ready is left to its owner.
    async fn lost_tags(
        &self,
        service: &Service,
        stable: Option<&RevisionName>,
    ) -> Result<Vec<LostTag>, ClusterError> {
        let mut lost = Vec::new();
        let named = KeptTargets::of(service.wanted_traffic()).revisions();
        for name in named.into_iter().filter(|name| Some(name) != stable).take(TAGS_MAX) {
            let why = match self.cluster().revision(&self.request.namespace, &name).await? {
                None if comes_back(service, &name) => continue,
                None => " was deleted and".to_owned(),
                Some(revision) => match diagnosis::of_revision(&revision)
                    .filter(|found| found.outlook() != Outlook::Transient)
                {
                    Some(found) if revision.condition("Ready").is_some_and(Condition::is_false) => {
                        format!(" is not Ready ({}) and", found.words())
                    }
                    _ => continue,
                },
            };
            lost.push(LostTag { revision: name, why });
        }
        Ok(lost)
    }

    /// How long stable may be unready or gone. It ends before the last read, which then reports
    /// that nothing serves.
    fn grace(&self) -> Duration {
        let waits = &self.settings().waits;
        waits.unready_grace.min(waits.retry_for.saturating_sub(PAUSE))
    }

    /// The service, once its status is about its current spec.
    async fn service(&self) -> Result<Option<Service>, SurveyError> {
        let key = self.request.service();
        match self.cluster().service(&key).await? {
            Some(service) if !service.is_observed() => Err(SurveyError::Stale(key.to_string())),
            seen => Ok(seen),
        }
    }

    async fn namespaces(
        &self,
        documents: &[Document],
    ) -> Result<Vec<(String, LiveState)>, SurveyError> {
        let mut found = Vec::new();
        for document in documents.iter().filter(|document| document.is_namespace()) {
            let presence = match self.cluster().live(document).await {
                Ok(Some(live)) => LiveState::Present(live),
                Ok(None) => LiveState::Absent,
                Err(error) if error.is_forbidden() => LiveState::Unreadable,
                Err(error) => return Err(error.into()),
            };
            found.push((document.name().to_owned(), presence));
        }
        Ok(found)
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

/// Whether Knative recreates a deleted revision: the newest one, and the one that the template
/// names.
fn comes_back(service: &Service, revision: &RevisionName) -> bool {
    let name = Some(revision.as_str());
    service.latest_created() == name || service.template_name() == name
}
