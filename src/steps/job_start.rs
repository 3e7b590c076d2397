//! Creating a Job: once in a deployment, and not while one of an earlier deployment still runs.

use std::path::Path;

use boathook_core::{
    objects::Document,
    rollout::{
        JobRun, JobState, Observation,
        steps::{JobMoment, RunJob},
    },
};
use tokio::time::Instant;

use crate::{
    cluster::{Cluster, ClusterError, Job},
    steps::{Context, StepError, manifest_files, retry::persist},
};

/// Jobs of earlier deployments that one deployment deletes at most.
const DELETED_MAX: usize = 20;

/// Creates the Job unless it is there; returns its UID.
pub(super) async fn start(
    step: &RunJob,
    context: &Context<'_>,
    until: Instant,
) -> Result<String, StepError> {
    let namespace = context.namespace();
    let name = step.job.name();
    let found = match persist!(context, until, context.cluster.job(namespace, name))? {
        Some(job) => job,
        None => {
            make_way(step, context, until).await?;
            let directory = write(step, context.work, document(step, context)?).await?;
            if let Some(called_off) = context.signals.called_off() {
                return Err(called_off);
            }
            if Instant::now() >= until {
                return Err(StepError::failed(format!(
                    "{} did not begin within {} s",
                    step.name,
                    step.deadline.as_secs()
                )));
            }
            // Where the answer of kubectl is lost, the rollback knows what to look for.
            context.record_before_acting(now(step, JobState::Begins)).await;
            let (job, warnings) = persist!(context, until, created(context, &directory, name))?;
            for warning in warnings {
                context.learn(Observation::Note(warning)).await;
            }
            job
        }
    };
    if found.is_of(context.id) {
        return Ok(found.uid().to_owned());
    }
    Err(StepError::failed(format!(
        "Job/{name} is there and is not of this deployment; delete it and deploy again: kubectl delete job {name} -n {namespace} --cascade=foreground"
    )))
}

/// Creates the Job unless it is there. What counts is what is there afterwards, whatever kubectl
/// says.
async fn created(
    context: &Context<'_>,
    directory: &str,
    name: &str,
) -> Result<(Job, Vec<String>), ClusterError> {
    let cluster: &Cluster = context.cluster;
    let namespace = context.namespace();
    if let Some(job) = cluster.job(namespace, name).await? {
        return Ok((job, Vec::new()));
    }
    let sent = cluster.create(context.work, directory).await;
    match (cluster.job(namespace, name).await?, sent) {
        (Some(job), sent) => Ok((job, sent.map(|sent| sent.warnings).unwrap_or_default())),
        (None, Err(error)) => Err(error),
        (None, Ok(_)) => Err(ClusterError::NotDone {
            program: "kubectl create".to_owned(),
            missing: format!("Job/{name} is not there"),
        }),
    }
}

/// The Job as it is created, with what it may want to know in its environment.
fn document(step: &RunJob, context: &Context<'_>) -> Result<Document, StepError> {
    let image = context.image().to_string();
    let environment = step.environment.to_string();
    let mut variables = vec![
        ("BOATHOOK_DEPLOYMENT", context.id.as_str()),
        ("BOATHOOK_ENVIRONMENT", environment.as_str()),
        ("BOATHOOK_IMAGE", image.as_str()),
    ];
    if step.moment == JobMoment::After {
        // A first deployment has no tag.
        variables.push(("BOATHOOK_URL", context.tag_url().or_else(|_| context.service_url())?));
        variables.push(("BOATHOOK_REVISION", context.candidate()?.as_str()));
    }
    Ok(step.document(context.image(), &variables))
}

/// Deletes the Jobs of the service's earlier deployments. One under the same name in the manifests
/// that still runs is waited for, and so is one of another service: two migrations at once could do
/// harm.
async fn make_way(step: &RunJob, context: &Context<'_>, until: Instant) -> Result<(), StepError> {
    let namespace = context.namespace();
    let listed = persist!(context, until, context.cluster.own_jobs(namespace))?;
    let is_own = |job: &&Job| job.service() == context.plan.service.service.as_str();
    let earlier = listed.iter().filter(is_own).filter(|job| !job.is_of(context.id));
    let (hindering, others): (Vec<&Job>, Vec<&Job>) =
        earlier.partition(|job| hinders(step, context, job));
    let of_all = hindering.iter().chain(&others).map(|job| job.name());
    let names: Vec<&str> = of_all.take(DELETED_MAX).collect();
    if !hindering.is_empty() {
        persist!(context, until, context.cluster.delete_jobs(namespace, &names))?;
    } else if !names.is_empty()
        && let Err(error) = context.cluster.delete_jobs(namespace, &names).await
    {
        let note = format!("Jobs of earlier deployments were not deleted: {error}");
        context.learn(Observation::Note(note)).await;
    }
    if !listed.iter().any(|job| hinders(step, context, job)) {
        return Ok(());
    }
    loop {
        let listed = persist!(context, until, context.cluster.own_jobs(namespace))?;
        let Some(job) = listed.iter().find(|job| hinders(step, context, job)) else { break };
        let name = job.name();
        let service = job.service();
        if Instant::now() >= until {
            return Err(StepError::failed(format!(
                "{} did not begin: Job/{name} of another deployment of {service} still runs; see: kubectl describe job {name} -n {namespace}",
                step.name
            )));
        }
        let words = format!(
            "{} begins when Job/{name} of another deployment of {service} is over",
            step.name
        );
        context.waits.report(&words).await;
        context.sleep_until(until.min(Instant::now() + step.poll_interval)).await?;
    }
    context.waits.over().await;
    Ok(())
}

/// Whether a Job does the same work and has not ended.
fn hinders(step: &RunJob, context: &Context<'_>, job: &Job) -> bool {
    job.end().is_none() && job.name_in_manifests() == step.name.as_str() && !job.is_of(context.id)
}

/// Writes the Job alone into a directory below the work directory; returns that.
pub(super) async fn write(step: &RunJob, work: &Path, job: Document) -> Result<String, StepError> {
    let directory = format!("jobs/{}", step.name.as_str());
    let folder = work.join(&directory);
    match manifest_files::write(&folder, &[job]).await {
        Ok(()) => Ok(directory),
        Err(error) => Err(StepError::failed(format!(
            "failed to write the Job to {}: {error}",
            folder.display()
        ))),
    }
}

/// How far it has come, for the record.
pub(super) fn now(step: &RunJob, state: JobState) -> Observation {
    Observation::Job(JobRun { job: step.name.clone(), state })
}
