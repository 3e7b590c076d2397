//! Delete a Job of the deployment that has not ended: it would go on after the deployment.

use boathook_core::{
    objects::Document,
    rollout::{
        JobState, LeftObject, Observation, Restored, Step,
        steps::{DeleteJob, RunJob},
    },
};
use tokio::time::Instant;

use crate::{
    cluster::{ClusterError, Job, JobEnd},
    steps::{
        Context, StepError,
        job_sight::last_lines,
        job_start::now,
        retry::retry,
        step_behavior::{StepBehavior, StepResult},
    },
};

/// It never fails: the service goes back even if the Job may still run, which the outcome's reason
/// then says.
impl StepBehavior for DeleteJob {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.deadline;
        let mut learned = Vec::new();
        for step in open(context) {
            learned.extend(end(step, context, until).await?);
        }
        Ok(learned)
    }
}

/// The Jobs that were begun and have not ended, as far as the record knows.
fn open<'a>(context: &Context<'a>) -> impl Iterator<Item = &'a RunJob> {
    let runs = context.findings.jobs.iter().filter(|run| run.state.is_open());
    let steps = &context.plan.steps;
    runs.filter_map(move |run| {
        steps.iter().find_map(|step| match step {
            Step::RunJob(step) if step.name == run.job => Some(step),
            _ => None,
        })
    })
}

/// Ends one Job. Where boathook is stopping, the next start tries again.
async fn end(
    step: &RunJob,
    context: &Context<'_>,
    until: Instant,
) -> Result<Vec<Observation>, StepError> {
    let namespace = context.namespace();
    let name = step.job.name();
    let found = retry!(context, until, context.cluster.job(namespace, name));
    let job = match found.map(|job| job.filter(|job| job.is_of(context.id))) {
        Ok(Some(job)) => job,
        Ok(None) => return Ok(gone(step, context).into_iter().collect()),
        Err(error) => return unknown(context, &step.job, &error),
    };
    let mut learned = last_lines(context, &step.name, &job).await;
    if let Some(end) = job.end() {
        learned.push(Observation::Note(match end {
            JobEnd::Complete => format!("{} completed meanwhile", step.name),
            JobEnd::Failed(why) => format!("{} failed meanwhile: {why}", step.name),
        }));
        learned.extend(gone(step, context));
        learned.push(now(step, JobState::Ended { uid: job.uid().to_owned() }));
        return Ok(learned);
    }
    match retry!(context, until, deleted(context, &job)) {
        Ok(true) => learned.push(is_deleted(step)),
        Ok(false) => {
            let why = "kubectl ended with exit code 0, and it is still there";
            learned.push(may_run(&step.job, why));
        }
        Err(error) => learned.extend(unknown(context, &step.job, &error)?),
    }
    Ok(learned)
}

/// Takes back what an earlier run of the step said of a Job that does not run any more.
fn gone(step: &RunJob, context: &Context<'_>) -> Option<Observation> {
    let object = step.job.shown_name();
    let said = &context.findings.restored.running;
    said.iter().any(|left| left.object == object).then(|| is_deleted(step))
}

fn is_deleted(step: &RunJob) -> Observation {
    let deleted = vec![step.job.shown_name()];
    Observation::ObjectsRestored(Restored { deleted, ..Restored::default() })
}

fn unknown(
    context: &Context<'_>,
    job: &Document,
    error: &ClusterError,
) -> Result<Vec<Observation>, StepError> {
    match context.signals.called_off() {
        Some(called_off) => Err(called_off),
        None => Ok(vec![may_run(job, &error.to_string())]),
    }
}

/// Whether it is gone or being deleted afterwards; exit code 0 alone proves nothing.
async fn deleted(context: &Context<'_>, job: &Job) -> Result<bool, ClusterError> {
    let namespace = context.namespace();
    context.cluster.delete_jobs(namespace, &[job.name()]).await?;
    let after = context.cluster.job(namespace, job.name()).await?;
    Ok(after.is_none_or(|after| after.is_going() || after.uid() != job.uid()))
}

fn may_run(job: &Document, why: &str) -> Observation {
    let name = job.name();
    let namespace = job.namespace().unwrap_or_default();
    let why =
        format!("{why}; delete it: kubectl delete job {name} -n {namespace} --cascade=foreground");
    let running = vec![LeftObject { object: job.shown_name(), why }];
    Observation::ObjectsRestored(Restored { running, ..Restored::default() })
}
