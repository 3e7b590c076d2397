//! Apply the objects in the manifests; the plan left out Knative services that already exist.

use std::path::Path;

use boathook_core::{
    failure::shorten,
    objects::Document,
    rollout::{Observation, steps::ApplyManifests},
};
use tokio::{fs, time::Instant};

use crate::{
    cluster::{Accepted, ClusterError, missing_of_apply},
    steps::{
        Context, DryRunContext, DryRunFinding, StepError,
        change::{carries_our_label, yield_to_external_change},
        existing_job::ExistingJob,
        manifest_files,
        needs_apply::{Apply, LiveState, live_states, needing_apply},
        objects_before::{known_unchanged, objects_before},
        retry::persist,
        step_behavior::{StepBehavior, StepResult},
    },
};

/// The file in a deployment's own directory with the Secrets that it applies.
pub const SECRETS_FILE: &str = "secrets.json";
/// Characters that are shown of unexpected output of kubectl.
const SAID_MAX: usize = 200;
/// The beginning of the reason when exit code 0 was wrong.
const EXITED: &str = "kubectl apply ended with exit code 0";

/// Writes those of the rendered documents that need it into the deployment's own work directory, and
/// applies them there.
impl StepBehavior for ApplyManifests {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.deadline;
        let documents = self.with_image(unsealed(self, context.work).await?, context.image());
        let live = persist!(context, until, live_states(context.cluster, &documents))?;
        let before = objects_before(context, &documents, &live);
        let Apply { documents, notes } = needed(self, documents, &live)?;
        let mut learned: Vec<Observation> = notes.into_iter().map(Observation::Note).collect();
        // What an earlier deployment left goes back too, even where nothing has to be applied.
        if !before.is_empty() {
            context.record_before_acting(Observation::ObjectsBefore(before.clone())).await;
        }
        if documents.is_empty() {
            return Ok(learned);
        }
        write(self, context.work, &documents).await?;
        let mut attempts = 0;
        let sent = persist!(context, until, {
            attempts += 1;
            context.cluster.apply(context.work, &self.directory)
        })?;
        let Accepted { answer: applied, warnings } = sent;
        learned.extend(warnings.into_iter().map(Observation::Note));
        // An earlier attempt may have changed what this one found unchanged.
        if attempts == 1 {
            learned.extend(known_unchanged(self, &before, &applied.text()));
        }
        // The output was cut: missing lines prove nothing.
        if applied.cut == 0 {
            check_named(&applied.text(), &documents)?;
        }
        if self.service.is_none() {
            return Ok(learned);
        }
        let made = persist!(context, until, context.cluster.service(&context.plan.service))?;
        let live = made.ok_or_else(|| {
            StepError::failed(format!(
                "{EXITED} and named the service, but {} is not there",
                &context.plan.service
            ))
        })?;
        if !carries_our_label(context, &live) {
            return Err(yield_to_external_change(context, until, &live, live.generation()).await);
        }
        learned.push(Observation::Generation(live.generation()));
        Ok(learned)
    }

    /// Lets the API server check the documents.
    async fn dry_run(&self, context: &DryRunContext<'_>) -> Result<Vec<DryRunFinding>, StepError> {
        let documents = self.with_image(self.documents.clone(), context.image());
        let live = live_states(context.cluster, &documents).await?;
        let Apply { documents, notes } = needed(self, documents, &live)?;
        let mut findings: Vec<DryRunFinding> =
            notes.into_iter().map(DryRunFinding::Unchecked).collect();
        if documents.is_empty() {
            return Ok(findings);
        }
        write(self, context.work, &documents).await?;
        match context.cluster.dry_run_apply(context.work, &self.directory).await {
            Ok(accepted) => findings.extend(DryRunFinding::warned(accepted.warnings)),
            // Nothing in a missing namespace can be checked, and a dry run does not create it.
            Err(ClusterError::Missing(run))
                if documents.iter().any(Document::is_namespace)
                    || context.plan.applies_namespace() =>
            {
                findings.push(DryRunFinding::Unchecked(format!(
                    "what stands in {} could not be checked before its namespace is there: {}",
                    self.directory, run.words
                )));
            }
            Err(error) => return Err(error.into()),
        }
        Ok(findings)
    }
}

/// What is to be applied, unless a Job forbids it.
fn needed(
    step: &ApplyManifests,
    documents: Vec<Document>,
    live: &[LiveState],
) -> Result<Apply, StepError> {
    for job in ExistingJob::all(step, &documents) {
        job.judge(live.get(job.index).and_then(LiveState::document))?;
    }
    Ok(needing_apply(documents, live))
}

/// The documents with the Secrets as they are to be applied.
async fn unsealed(step: &ApplyManifests, work: &Path) -> Result<Vec<Document>, StepError> {
    if !step.lacks_secrets() {
        return Ok(step.documents.clone());
    }
    let path = work.join(SECRETS_FILE);
    let bytes = fs::read(&path).await.unwrap_or_default();
    let secrets: Vec<Document> = serde_json::from_slice(&bytes).unwrap_or_default();
    step.unsealed(secrets).ok_or_else(|| {
        StepError::failed(format!(
            "{} does not hold the Secrets of this deployment any more; nothing was applied, deploy it again",
            path.display()
        ))
    })
}

/// kubectl prints a line for each object that it created or found; exit code 0 alone proves
/// nothing.
fn check_named(printed: &str, documents: &[Document]) -> Result<(), StepError> {
    let Some(missing) = missing_of_apply(documents, printed) else { return Ok(()) };
    let said = shorten(printed.trim(), SAID_MAX);
    Err(StepError::failed(format!("{EXITED}, but {missing}; it said: {said}")))
}

/// Writes the documents into the step's directory below the work directory.
pub(super) async fn write(
    step: &ApplyManifests,
    work: &Path,
    documents: &[Document],
) -> Result<(), StepError> {
    let directory = work.join(&step.directory);
    manifest_files::write(&directory, documents).await.map_err(|error| {
        StepError::failed(format!(
            "failed to write the manifests to {}: {error}",
            directory.display()
        ))
    })
}
