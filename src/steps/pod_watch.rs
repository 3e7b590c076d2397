//! Seeing at once that a candidate cannot start: a watch on its pods while a step runs.
//!
//! It only saves time: steps poll the pods as well, which is enough if watching is not permitted.

use std::future::{Future, pending};

use tokio::sync::mpsc;

use crate::{
    cluster::{ClusterError, Pod, WatchEvents, Watched},
    diagnosis::{Diagnosis, of_pods},
    steps::{Context, StepError, causes::with_probe, retry::BACKOFF},
};

/// The most lines of watch output to hold; kubectl waits while the buffer is full.
const LINES: usize = 256;

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
        found = seen(context, ends) => Err(StepError::Failed(with_probe(context, found).await.in_words())),
        done = work => done,
    }
}

/// Returns once the candidate's pods show a cause that ends the step; never, if watching is not
/// permitted.
async fn seen(context: &Context<'_>, ends: Ends) -> Diagnosis {
    let mut backoff = BACKOFF;
    loop {
        let (sender, lines) = mpsc::channel(LINES);
        match watch(context, ends, sender, lines).await {
            Ok(Some(found)) => return found,
            Ok(None) => tokio::time::sleep(backoff.pause()).await,
            Err(_) => pending().await,
        }
    }
}

/// One watch: what it showed, or none if it ended; an error if another watch would be refused too.
async fn watch(
    context: &Context<'_>,
    ends: Ends,
    sender: mpsc::Sender<String>,
    lines: mpsc::Receiver<String>,
) -> Result<Option<Diagnosis>, StepError> {
    let candidate = context.candidate()?;
    let mut shown = Box::pin(shown(ends, lines));
    tokio::select! {
        found = &mut shown => Ok(found),
        ended = context.cluster.watch_pods(context.namespace(), candidate, sender) => match ended {
            Err(error @ (ClusterError::Refused(_) | ClusterError::NotRun(_))) => Err(error.into()),
            _ => Ok(shown.await),
        },
    }
}

/// The first cause in these lines of a watch.
async fn shown(ends: Ends, mut lines: mpsc::Receiver<String>) -> Option<Diagnosis> {
    let mut events = WatchEvents::default();
    while let Some(line) = lines.recv().await {
        if let Some(Watched::Is(pod)) = events.line::<Pod>(&line)
            && let Some(found) = of_pods(&[*pod], &[]).filter(ends)
        {
            return Some(found);
        }
    }
    None
}
