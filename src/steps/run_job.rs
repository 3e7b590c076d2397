//! Run a Job of the manifests, once in each deployment, and wait for its end.

use std::time::Duration;

use boathook_core::rollout::{JobState, steps::RunJob};
use tokio::time::Instant;

use crate::{
    cluster::{ClusterError, Job, JobEnd},
    steps::{
        Context, DryRunContext, DryRunFinding, StepError,
        job_sight::{last_lines, seen},
        job_start::{now, start, write},
        retry::persist,
        step_behavior::{StepBehavior, StepResult},
    },
};

/// Creates the Job unless it is there, and reads it until it has ended. Nobody tries it again but
/// its own `backoffLimit`. If the step ends before the Job does, the rollback deletes the Job.
impl StepBehavior for RunJob {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let uid = match known(self, context) {
            Some(uid) => uid.to_owned(),
            None => {
                // What comes before the Job does not shorten its own time.
                let until = Instant::now() + self.deadline.saturating_sub(context.elapsed());
                let uid = start(self, context, until).await?;
                let runs = now(self, JobState::Runs { uid: uid.clone() });
                context.record_before_acting(runs).await;
                uid
            }
        };
        let (job, end) = ended(self, context, &uid).await?;
        let mut learned = last_lines(context, &self.name, &job).await;
        learned.push(now(self, JobState::Ended { uid }));
        let JobEnd::Failed(why) = end else { return Ok(learned) };
        for finding in learned {
            context.learn(finding).await;
        }
        Err(StepError::failed(format!("{} failed: {why}", self.name)))
    }

    /// Lets the API server check it.
    async fn dry_run(&self, context: &DryRunContext<'_>) -> Result<Vec<DryRunFinding>, StepError> {
        let directory = write(self, context.work, self.document(context.image(), &[])).await?;
        match context.cluster.dry_run_create(context.work, &directory).await {
            Ok(accepted) => Ok(DryRunFinding::warned(accepted.warnings)),
            // Nothing in a missing namespace can be checked, and a dry run does not create it.
            Err(ClusterError::Missing(run)) if context.plan.applies_namespace() => {
                Ok(vec![DryRunFinding::Unchecked(format!(
                    "{} could not be checked before its namespace is there: {}",
                    self.name, run.words
                ))])
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The UID of the Job, if the record says that it was created.
fn known<'a>(step: &RunJob, context: &Context<'a>) -> Option<&'a str> {
    context.findings.jobs.iter().find(|run| run.job == step.name)?.state.uid()
}

/// Waits for its end. Its time counts from its creation, so that a restart does not change it. An
/// unreachable cluster is waited for as well.
async fn ended(
    step: &RunJob,
    context: &Context<'_>,
    uid: &str,
) -> Result<(Job, JobEnd), StepError> {
    let namespace = context.namespace();
    let name = step.job.name();
    let mut until = Instant::now() + step.deadline;
    loop {
        let found = persist!(context, until, context.cluster.job(namespace, name))?;
        let Some(job) = found.filter(|job| job.uid() == uid) else {
            return Err(StepError::failed(format!(
                "{} did not end: someone deleted Job/{name} while it ran",
                step.name
            )));
        };
        if let Some(end) = job.end() {
            context.waits.over().await;
            return Ok((job, end));
        }
        if job.is_going() {
            return Err(StepError::failed(format!(
                "{} did not end: someone deletes Job/{name} while it runs",
                step.name
            )));
        }
        until = until.min(Instant::now() + time_left(step, context, &job));
        let seen = seen(context, &job).await;
        if Instant::now() >= until {
            return Err(StepError::failed(format!(
                "{} has not ended within {} s: {seen}",
                step.name,
                step.deadline.as_secs()
            )));
        }
        context.waits.report(&format!("{} runs as Job/{name}: {seen}", step.name)).await;
        context.sleep_until(until.min(Instant::now() + step.poll_interval)).await?;
    }
}

fn time_left(step: &RunJob, context: &Context<'_>, job: &Job) -> Duration {
    let now = context.clock.now();
    let age = now.duration_since(job.created().unwrap_or(now));
    step.deadline.saturating_sub(Duration::try_from(age).unwrap_or_default())
}
