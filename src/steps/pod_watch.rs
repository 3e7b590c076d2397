//! Seeing a candidate crash at once: a watch on its pods beside what a step does.
//!
//! It is there to be quick, never to be relied on: steps look at the pods besides, and where watching is not permitted that has to do.

use std::future::{Future, pending};

use tokio::sync::mpsc;

use crate::{
    cluster::{ClusterError, Pod, WatchEvents, Watched},
    steps::{
        Context, StepError,
        retry::Backoff,
        trouble::{self, Trouble},
    },
};

/// Lines of watch output held at most; kubectl waits while there are more.
const LINES: usize = 256;

/// Does something, unless a container of the candidate crashes meanwhile.
pub(crate) async fn unless_crashed<T>(context: &Context<'_>, work: impl Future<Output = Result<T, StepError>>) -> Result<T, StepError> {
    tokio::select! {
        biased;
        words = crash(context) => Err(StepError::Failed(words)),
        done = work => done,
    }
}

/// Comes back with the words for it once a container of the candidate has crashed; never, where nobody may watch.
async fn crash(context: &Context<'_>) -> String {
    let mut backoff = Backoff::new();
    loop {
        let (sender, lines) = mpsc::channel(LINES);
        match watch(context, sender, lines).await {
            Ok(Some(words)) => return words,
            Ok(None) => tokio::time::sleep(backoff.next()).await,
            Err(_) => pending().await,
        }
    }
}

/// One watch: the crash that it showed, or none where it ended; an error where another would be refused too.
async fn watch(context: &Context<'_>, sender: mpsc::Sender<String>, lines: mpsc::Receiver<String>) -> Result<Option<String>, StepError> {
    let (namespace, candidate) = (&context.service.namespace, context.candidate()?);
    let mut shown = Box::pin(shown(lines));
    tokio::select! {
        words = &mut shown => Ok(words),
        ended = context.cluster.watch_pods(namespace, candidate, sender) => match ended {
            Err(error @ (ClusterError::Refused(_) | ClusterError::NotRun(_))) => Err(error.into()),
            _ => Ok(shown.await),
        },
    }
}

/// The first crash that these lines of a watch show.
async fn shown(mut lines: mpsc::Receiver<String>) -> Option<String> {
    let mut events = WatchEvents::default();
    while let Some(line) = lines.recv().await {
        if let Some(Watched::Is(pod)) = events.line::<Pod>(&line)
            && let Some(Trouble::Final(words)) = trouble::of_pods(&[*pod])
        {
            return Some(words);
        }
    }
    None
}
