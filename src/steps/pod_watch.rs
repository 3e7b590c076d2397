//! Seeing at once that a candidate cannot start: a look-out on its pods while a step runs.
//!
//! It only saves time: steps also ask for the pods themselves.

use std::future::Future;

use tokio::time::sleep;

use crate::{
    cluster::Pod,
    diagnosis::{Diagnosis, of_pods},
    feeds::FeedStatus,
    steps::{Context, StepError, causes::with_probe, view::DIRECTLY},
};

/// A diagnosis that ends the step.
pub(crate) type Ends = fn(&Diagnosis) -> bool;

/// Runs a future, unless the candidate's pods meanwhile show a cause that ends it.
pub(crate) async fn unless<T>(
    context: &Context<'_>,
    ends: Ends,
    work: impl Future<Output = Result<T, StepError>>,
) -> Result<T, StepError> {
    tokio::select! {
        biased;
        found = seen(context, ends) => Err(match found {
            Ok(found) => StepError::Failed(with_probe(context, found).await.in_words()),
            Err(error) => error,
        }),
        done = work => done,
    }
}

/// Returns once the candidate's pods show a cause that ends the step.
async fn seen(context: &Context<'_>, ends: Ends) -> Result<Diagnosis, StepError> {
    tokio::select! {
        found = shown(context, |pod| cause(pod, ends)) => found,
        found = read(context, ends) => found,
    }
}

/// The first cause of a pod that the feed shows.
pub(crate) async fn shown(
    context: &Context<'_>,
    cause: impl Fn(&Pod) -> Option<Diagnosis>,
) -> Result<Diagnosis, StepError> {
    let candidate = context.candidate()?;
    let mut feed = context.view.pods.feed();
    loop {
        feed.changed().await;
        let found = feed.read(|state| {
            let is_current = state.status == FeedStatus::Follows;
            let pods = state.objects.values().filter(|_| is_current).map(|pod| &**pod);
            pods.filter(|pod| pod.revision() == candidate.as_str()).find_map(&cause)
        });
        if let Some(found) = found {
            return Ok(found);
        }
    }
}

/// The first cause that a direct read shows. It only reads while the feed does not follow what
/// happens.
async fn read(context: &Context<'_>, ends: Ends) -> Result<Diagnosis, StepError> {
    let candidate = context.candidate()?;
    loop {
        sleep(DIRECTLY).await;
        if context.view.pods.feed().follows() {
            continue;
        }
        let pods = context.cluster.pods(context.namespace(), candidate).await.unwrap_or_default();
        if let Some(found) = pods.iter().find_map(|pod| cause(pod, ends)) {
            return Ok(found);
        }
    }
}

fn cause(pod: &Pod, ends: Ends) -> Option<Diagnosis> {
    of_pods(std::slice::from_ref(pod), &[]).filter(ends)
}
