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
    let (namespace, name) = (context.namespace(), step.job.name());
    let found = match persist!(context, until, context.cluster.job(namespace, name))? {
        Some(job) => job,
        None => {
            remove_earlier(step, context, until).await?;
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
    let (cluster, namespace): (&Cluster, _) = (context.cluster, context.namespace());
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
    let (image, environment) = (context.image().to_string(), step.environment.to_string());
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

/// Deletes the Jobs of earlier deployments. One under the same name in the manifests that still runs
/// is waited for: two migrations at once could do harm.
async fn remove_earlier(
    step: &RunJob,
    context: &Context<'_>,
    until: Instant,
) -> Result<(), StepError> {
    let listed = persist!(context, until, context.cluster.jobs_of(&context.plan.service))?;
    let earlier = listed.iter().filter(|job| !job.is_of(context.id));
    let hinders = |job: &&Job| job.end().is_none() && job.name_in_manifests() == step.name.as_str();
    let (hindering, others): (Vec<&Job>, Vec<&Job>) = earlier.partition(hinders);
    let of_all = hindering.iter().chain(&others).map(|job| job.name());
    let names: Vec<&str> = of_all.take(DELETED_MAX).collect();
    if names.is_empty() {
        return Ok(());
    }
    let namespace = context.namespace();
    if hindering.is_empty() {
        if let Err(error) = context.cluster.delete_jobs(namespace, &names).await {
            let note = format!("Jobs of earlier deployments were not deleted: {error}");
            context.learn(Observation::Note(note)).await;
        }
        return Ok(());
    }
    persist!(context, until, context.cluster.delete_jobs(namespace, &names))?;
    let mut running: Vec<&str> = hindering.iter().map(|job| job.name()).collect();
    while !running.is_empty() {
        let left = persist!(context, until, context.cluster.jobs_of(&context.plan.service))?;
        running.retain(|name| left.iter().any(|job| job.name() == *name));
        let Some(name) = running.first() else { break };
        if Instant::now() >= until {
            return Err(StepError::failed(format!(
                "{} did not begin: Job/{name} of an earlier deployment still runs; see: kubectl describe job {name} -n {namespace}",
                step.name
            )));
        }
        let words =
            format!("Job/{name} of an earlier deployment is deleted before {} begins", step.name);
        context.waits.report(&words).await;
        context.sleep_until(until.min(Instant::now() + step.poll_interval)).await?;
    }
    context.waits.over().await;
    Ok(())
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
