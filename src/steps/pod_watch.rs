//! Seeing at once that a candidate cannot come up: a watch on its pods beside what a step does.
//!
//! It is there to be quick, never to be relied on: steps look at the pods besides, and where watching is not permitted that has to do.

use std::future::{Future, pending};

use tokio::sync::mpsc;

use crate::{
    cluster::{ClusterError, Pod, WatchEvents, Watched},
    diagnosis::{Diagnosis, of_pods},
    steps::{Context, StepError, causes::with_probe, retry::Backoff},
};

/// Lines of watch output held at most; kubectl waits while there are more.
const LINES: usize = 256;

/// What a step does not go on with.
pub(crate) type Ends = fn(&Diagnosis) -> bool;

/// Does something, unless the candidate's pods show meanwhile what ends it.
pub(crate) async fn unless<T>(context: &Context<'_>, ends: Ends, work: impl Future<Output = Result<T, StepError>>) -> Result<T, StepError> {
    tokio::select! {
        biased;
        found = seen(context, ends) => Err(StepError::Failed(with_probe(context, found).await.in_words())),
        done = work => done,
    }
}

/// Comes back once the candidate's pods show what ends it; never, where nobody may watch.
async fn seen(context: &Context<'_>, ends: Ends) -> Diagnosis {
    let mut backoff = Backoff::new();
    loop {
        let (sender, lines) = mpsc::channel(LINES);
        match watch(context, ends, sender, lines).await {
            Ok(Some(found)) => return found,
            Ok(None) => tokio::time::sleep(backoff.next()).await,
            Err(_) => pending().await,
        }
    }
}

/// One watch: what it showed, or none where it ended; an error where another would be refused too.
async fn watch(
    context: &Context<'_>,
    ends: Ends,
    sender: mpsc::Sender<String>,
    lines: mpsc::Receiver<String>,
) -> Result<Option<Diagnosis>, StepError> {
    let (namespace, candidate) = (&context.service.namespace, context.candidate()?);
    let mut shown = Box::pin(shown(ends, lines));
    tokio::select! {
        found = &mut shown => Ok(found),
        ended = context.cluster.watch_pods(namespace, candidate, sender) => match ended {
            Err(error @ (ClusterError::Refused(_) | ClusterError::NotRun(_))) => Err(error.into()),
            _ => Ok(shown.await),
        },
    }
}

/// The first that these lines of a watch show.
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
