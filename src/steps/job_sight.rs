//! What is seen of a Job: what its pods do, and the end of the log of the last one.

use boathook_core::{
    failure::shorten,
    rollout::{JobName, Observation},
};

use crate::{
    cluster::{ClusterError, Container, Event, Job, Pod},
    diagnosis,
    steps::{Context, log_notes::log_notes},
};

/// Recorded characters of its log.
const CHARACTERS_MAX: usize = 4000;
/// Characters of the cluster's own words.
const WORDS_MAX: usize = 400;

/// What a Job that has not ended does, in the words of the cluster where there is a cause.
pub(super) async fn seen(context: &Context<'_>, job: &Job) -> String {
    if job.is_suspended() {
        return "it is suspended (spec.suspend)".to_owned();
    }
    let pods = match context.cluster.pods_of_job(context.namespace(), job.name()).await {
        Ok(pods) => pods,
        Err(error) => return format!("its pods could not be read: {error}"),
    };
    if let Some(cause) = diagnosis::of_pods(&pods, &[]) {
        return shorten(cause.words(), WORDS_MAX);
    }
    if !pods.is_empty() {
        return "its pod has not ended".to_owned();
    }
    match why_no_pod(context, job).await {
        Some(why) => shorten(&why, WORDS_MAX),
        None => "it has no pod yet".to_owned(),
    }
}

/// What the last event says: a quota, a policy or a missing account may refuse the pod.
async fn why_no_pod(context: &Context<'_>, job: &Job) -> Option<String> {
    let warnings = context.cluster.warnings(context.namespace()).await.ok()?;
    let is_own = |event: &&Event| event.kind() == "Job" && event.name() == job.name();
    let last = warnings.iter().rev().find(is_own)?;
    let message = last.message.trim_start_matches("(combined from similar events): ");
    Some(format!("{}: {}", last.reason, message.trim_start_matches("Error creating: ").trim()))
}

/// The end of the log of its last pod, as notes: none if it wrote nothing.
pub(super) async fn last_lines(
    context: &Context<'_>,
    name: &JobName,
    job: &Job,
) -> Vec<Observation> {
    match log(context, job).await {
        Ok(said) => {
            log_notes(&format!("last lines of {name}"), &end_of(said.trim_end(), CHARACTERS_MAX))
        }
        Err(error) if error.is_forbidden() => {
            vec![Observation::Note(format!("the log of {name} was not read: it is not permitted"))]
        }
        Err(error) => vec![Observation::Note(format!("the log of {name} was not read: {error}"))],
    }
}

async fn log(context: &Context<'_>, job: &Job) -> Result<String, ClusterError> {
    let namespace = context.namespace();
    let pods = context.cluster.pods_of_job(namespace, job.name()).await?;
    let Some(pod) = pods.iter().max_by_key(|pod| pod.created()) else { return Ok(String::new()) };
    let Some(container) = speaker(pod) else { return Ok(String::new()) };
    context.cluster.log_end(namespace, pod, container, false).await
}

/// The container that has something to say: one that crashed, or the first that has begun.
fn speaker(pod: &Pod) -> Option<&Container> {
    let all = || pod.init_containers().iter().chain(pod.containers());
    let begun = |container: &&Container| container.is_running() || container.ended().is_some();
    all()
        .find(|container| container.crashed().is_some())
        .or_else(|| pod.containers().iter().find(begun))
        .or_else(|| all().find(begun))
}

/// The end of a text, in whole characters; what is cut off is marked.
fn end_of(text: &str, characters: usize) -> String {
    match text.char_indices().rev().nth(characters) {
        Some((at, first)) => format!("...{}", &text[at + first.len_utf8()..]),
        None => text.to_owned(),
    }
}
