//! Delete a Job of the deployment that has not ended: it would go on after the deployment.

use boathook_core::{
    objects::Document,
    rollout::{
        LeftObject, Observation, Restored, Step,
        steps::{DeleteJob, RunJob},
    },
};
use tokio::time::Instant;

use crate::{
    cluster::{ClusterError, Job},
    steps::{
        Context,
        job_sight::last_lines,
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
            learned.extend(end(step, context, until).await);
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

async fn end(step: &RunJob, context: &Context<'_>, until: Instant) -> Vec<Observation> {
    let (namespace, name) = (context.namespace(), step.job.name());
    let object = step.job.shown_name();
    let found = retry!(context, until, context.cluster.job(namespace, name));
    let job = match found {
        Ok(Some(job)) if job.is_of(context.id) && job.end().is_none() => job,
        Ok(_) => return Vec::new(),
        Err(error) => return vec![may_run(&step.job, &error.to_string())],
    };
    let mut learned = last_lines(context, &step.name, &job).await;
    let deleted = retry!(context, until, deleted(context, &job));
    learned.push(match deleted {
        Ok(true) => {
            Observation::ObjectsRestored(Restored { deleted: vec![object], ..Restored::default() })
        }
        Ok(false) => may_run(&step.job, "kubectl ended with exit code 0, and it is still there"),
        Err(error) => may_run(&step.job, &error.to_string()),
    });
    learned
}

/// Whether it is gone or being deleted afterwards; exit code 0 alone proves nothing.
async fn deleted(context: &Context<'_>, job: &Job) -> Result<bool, ClusterError> {
    let namespace = context.namespace();
    context.cluster.delete_jobs(namespace, &[job.name()]).await?;
    let after = context.cluster.job(namespace, job.name()).await?;
    Ok(after.is_none_or(|after| after.is_going() || after.uid() != job.uid()))
}

fn may_run(job: &Document, why: &str) -> Observation {
    let (name, namespace) = (job.name(), job.namespace().unwrap_or_default());
    let why = format!("{why}; delete it: kubectl delete job {name} -n {namespace}");
    let running = vec![LeftObject { object: job.shown_name(), why }];
    Observation::ObjectsRestored(Restored { running, ..Restored::default() })
}
