//! Delete a candidate that never became Ready: its pod would keep restarting for minutes.

use boathook_core::{
    deployment::RevisionName,
    rollout::{Observation, steps::RemoveCandidate},
};

use crate::{
    cluster::{ClusterError, Revision},
    steps::{
        Context,
        log_notes::log_notes,
        step_behavior::{StepBehavior, StepResult},
    },
};

/// Records the end of the candidate's log, then deletes the candidate. If deleting is not
/// permitted, it notes that and goes on.
impl StepBehavior for RemoveCandidate {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let Some(candidate) = &context.findings.candidate else { return Ok(Vec::new()) };
        if context.findings.candidate_ready {
            return Ok(Vec::new());
        }
        let last_words = last_words(context, candidate)
            .await
            .unwrap_or_else(|error| vec![not_done("reading its log", &error)]);
        let removed = match delete(context, candidate).await {
            Ok(true) => Observation::Note(format!(
                "revision {candidate}, which never became ready, was deleted"
            )),
            Ok(false) => Observation::Note(format!(
                "revision {candidate}, which never became ready, is still there, although kubectl ended its deletion with exit code 0; its pod \
                 may go on restarting: kubectl delete revision {candidate} -n {}",
                context.namespace()
            )),
            Err(error) => not_done(
                &format!("deleting revision {candidate}, which never became ready,"),
                &error,
            ),
        };
        Ok(last_words.into_iter().chain([removed]).collect())
    }
}

/// Whether it is gone or being deleted afterwards; exit code 0 alone proves nothing.
async fn delete(context: &Context<'_>, candidate: &RevisionName) -> Result<bool, ClusterError> {
    let namespace = context.namespace();
    let before = context.cluster.revision(namespace, candidate).await?;
    context.cluster.delete_revision(namespace, candidate).await?;
    let after = context.cluster.revision(namespace, candidate).await?;
    let same = |after: &Revision| before.as_ref().is_none_or(|before| before.uid() == after.uid());
    Ok(after.is_none_or(|after| after.is_going() || !same(&after)))
}

async fn last_words(
    context: &Context<'_>,
    candidate: &RevisionName,
) -> Result<Vec<Observation>, ClusterError> {
    let namespace = context.namespace();
    for pod in context.cluster.pods(namespace, candidate).await? {
        for container in pod.containers().iter().filter(|container| container.crashed().is_some()) {
            // Otherwise kubectl would read the log of the restarted container.
            let has_restarted = container.restart_count > 0;
            let said = context.cluster.log_end(namespace, &pod, container, has_restarted).await?;
            let notes = log_notes(&format!("last words of container {}", container.name), &said);
            if !notes.is_empty() {
                return Ok(notes);
            }
        }
    }
    Ok(Vec::new())
}

fn not_done(what: &str, error: &ClusterError) -> Observation {
    let why =
        if error.is_forbidden() { "it is not permitted".to_owned() } else { error.to_string() };
    Observation::Note(format!("{what} was left out: {why}"))
}
