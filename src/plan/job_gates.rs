//! The Jobs that must succeed: they are taken out of what is applied, and become steps of their own.

use std::{collections::BTreeSet, time::Duration};

use boathook_core::{
    deployment::{DeployRequest, DeploymentId},
    objects::Document,
    rollout::{
        JobName, Note, Step,
        steps::{ApplyManifests, DeleteJob, ImagePlace, JobMoment, RunJob},
    },
};
use serde_json::{Map, Value, json};

use crate::{
    cluster::{DEPLOYMENT_LABEL, JOB_LABEL, SERVICE_LABEL},
    plan::{PlanError, images::Choice},
};

/// Kubernetes ends a Job by itself this long after boathook's deadline, which records its log first.
const SPARE: Duration = Duration::from_secs(60);
/// How long Kubernetes keeps a Job that has ended, for its log: a week, if no deployment comes.
const KEPT_SECONDS: u32 = 7 * 24 * 3600;
/// A note for a Job of `after` on a first deployment.
const USERS_FIRST: &str = "runs when the first revision is ready, which users can reach from then on: there is no other to keep them on";

/// The Jobs of the manifests that must succeed, by when they run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobGates {
    /// Before the service is changed.
    pub before: Vec<JobName>,
    /// When the candidate answers, and before it gets traffic.
    pub after: Vec<JobName>,
    /// Those of other services of the environment, and maybe these. None of them is applied with
    /// the rest: services may share a folder.
    pub in_environment: BTreeSet<JobName>,
}

/// What a request's Jobs are made with.
#[derive(Clone, Copy)]
pub(super) struct JobSource<'a> {
    pub directory: &'a str,
    pub request: &'a DeployRequest,
    pub id: &'a DeploymentId,
    pub deadline: Duration,
    pub poll_interval: Duration,
}

impl JobGates {
    /// Takes the Jobs out of the documents of a deployment. All their containers of the deployed
    /// repository get the image, whatever the configuration says of other containers: a migration
    /// with an old image would succeed and do nothing.
    pub(super) fn take_out(
        &self,
        documents: &mut Vec<Document>,
        source: JobSource<'_>,
        choice: Choice<'_>,
        notes: &mut Vec<Note>,
    ) -> Result<Vec<RunJob>, PlanError> {
        let choice = Choice { named: None, ..choice };
        let namespace = source.request.namespace.as_str();
        let is_named = |document: &Document, name: &JobName| {
            document.is_job()
                && document.name() == name.as_str()
                && document.namespace() == Some(namespace)
        };
        let moments = [(JobMoment::Before, &self.before), (JobMoment::After, &self.after)];
        let gates = moments
            .into_iter()
            .flat_map(|(moment, names)| names.iter().map(move |name| (moment, name)));
        let mut jobs = Vec::new();
        for (moment, name) in gates {
            let found = documents.iter().find(|document| is_named(document, name));
            let job = found.ok_or_else(|| PlanError::NoJob {
                directory: source.directory.to_owned(),
                job: name.clone(),
                namespace: source.request.namespace.clone(),
            })?;
            let images = choice.places(job, None, notes);
            if images.is_empty() {
                notes.push(
                    format!(
                        "{name} runs with the images of its manifest: no container has one of {}",
                        choice.image.repository()
                    )
                    .into(),
                );
            }
            jobs.push(RunJob {
                name: name.clone(),
                job: prepared(job.clone(), name, source),
                images,
                environment: source.request.environment,
                moment,
                deadline: source.deadline,
                poll_interval: source.poll_interval,
            });
        }
        let runs = |document: &Document| {
            self.before.iter().chain(&self.after).any(|name| is_named(document, name))
        };
        let left_out = documents.iter().filter(|document| self.names(document) && !runs(document));
        notes.extend(left_out.map(|document| {
            let job = document.shown_name();
            format!("{job} was left out of the apply: `before` or `after` in the config names it, and the deployments of that service run it").into()
        }));
        documents.retain(|document| !self.names(document));
        Ok(jobs)
    }

    /// Whether a document is a Job of such a name, whatever its namespace: a Job of another service
    /// must not run with this one.
    fn names(&self, document: &Document) -> bool {
        let mut all = self.before.iter().chain(&self.after).chain(&self.in_environment);
        document.is_job() && all.any(|name| name.as_str() == document.name())
    }
}

/// The Job with the deployment's own name, labels and variables, and with limits of Kubernetes' own,
/// which hold though boathook is not there.
fn prepared(mut job: Document, name: &JobName, source: JobSource<'_>) -> Document {
    let JobSource { request, id, deadline, .. } = source;
    let metadata = section(&mut job.0, "metadata");
    metadata.remove("generateName");
    metadata.insert("name".to_owned(), name.of_deployment(id).into());
    let labels = section(&mut job.0["metadata"], "labels");
    for (label, value) in [
        (DEPLOYMENT_LABEL, id.as_str()),
        (SERVICE_LABEL, request.service_name.as_str()),
        (JOB_LABEL, name.as_str()),
    ] {
        labels.insert(label.to_owned(), value.into());
    }
    let spec = section(&mut job.0, "spec");
    let limit = (deadline + SPARE).as_secs();
    let own = spec.get("activeDeadlineSeconds").and_then(Value::as_u64);
    spec.insert("activeDeadlineSeconds".to_owned(), own.map_or(limit, |own| own.min(limit)).into());
    spec.insert("ttlSecondsAfterFinished".to_owned(), KEPT_SECONDS.into());
    job
}

/// A section of a document, made where there is none.
fn section<'a>(document: &'a mut Value, name: &str) -> &'a mut Map<String, Value> {
    if !document[name].is_object() {
        document[name] = json!({});
    }
    document[name].as_object_mut().expect("it was made an object just now")
}

/// The apply, and the Jobs of `before` behind what they may read. A new service is applied after
/// them.
pub(super) fn before(jobs: &[RunJob], mut apply: ApplyManifests) -> Vec<Step> {
    let run: Vec<Step> = of(jobs, JobMoment::Before).collect();
    if run.is_empty() {
        return vec![Step::ApplyManifests(apply)];
    }
    let service = apply.service.take().map(|service| ApplyManifests {
        documents: Vec::new(),
        images: Vec::new(),
        service: Some(service),
        ..apply.clone()
    });
    let beside = (service.is_none() || !apply.documents.is_empty()).then_some(apply);
    let applied = |apply: Option<ApplyManifests>| apply.into_iter().map(Step::ApplyManifests);
    applied(beside).chain(run).chain(applied(service)).collect()
}

/// The rollout with the Jobs of `after`, which run before the candidate gets traffic. On a first
/// deployment users have it already; they run before the service is verified.
pub(super) fn after(jobs: &[RunJob], mut rollout: Vec<Step>) -> Vec<Step> {
    let is_next = |step: &Step| matches!(step, Step::ShiftTraffic(_) | Step::Verify(_));
    let at = rollout.iter().position(is_next).unwrap_or(rollout.len());
    rollout.splice(at..at, of(jobs, JobMoment::After));
    rollout
}

fn of(jobs: &[RunJob], moment: JobMoment) -> impl Iterator<Item = Step> {
    jobs.iter().filter(move |job| job.moment == moment).cloned().map(Step::RunJob)
}

/// The step of a rollback; none if there is no Job.
pub(super) fn delete(jobs: &[RunJob], deadline: Duration) -> Option<Step> {
    (!jobs.is_empty()).then_some(Step::DeleteJob(DeleteJob { deadline }))
}

/// A note on objects that get the image before the Jobs of `before` have run.
pub(super) fn early(jobs: &[RunJob], beside: &[Document], images: &[ImagePlace]) -> Option<Note> {
    let first = jobs.iter().find(|job| job.moment == JobMoment::Before)?;
    let with_image = images.iter().filter_map(|place| beside.get(place.document));
    let names: BTreeSet<String> = with_image.map(Document::shown_name).collect();
    let names: Vec<String> = names.into_iter().collect();
    let all = names.join(", ");
    let note = format!("{all}: the new image comes with the apply, before {} has run", first.name);
    (!names.is_empty()).then(|| note.into())
}

/// A note on each Job that runs when users have the first revision already.
pub(super) fn notes(jobs: &[RunJob], is_first: bool) -> impl Iterator<Item = Note> {
    let late = jobs.iter().filter(move |job| is_first && job.moment == JobMoment::After);
    late.map(|job| format!("{} {USERS_FIRST}", job.name).into())
}
