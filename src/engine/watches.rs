//! The watches of all successes: each is worked on until it is over, also after a restart.

use std::collections::HashSet;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;

impl Engine {
    /// Watches successes until it is stopped. There is one watch for each service at most, and the
    /// journal says which, so the next start goes on with those that are not over.
    pub async fn watch(self, stop: CancellationToken) {
        let mut changes = self.journal.milestones();
        let mut tasks = JoinSet::new();
        let mut under_way = HashSet::new();
        loop {
            let watched = self.journal.watched();
            for (id, deployment) in watched {
                if under_way.insert(id.clone()) {
                    let engine = self.clone();
                    let stop = stop.clone();
                    tasks.spawn(async move {
                        engine.watch_one(&id, &deployment, &stop).await;
                        id
                    });
                }
            }
            tokio::select! {
                () = stop.cancelled() => break,
                Some(done) = tasks.join_next() => drop(done.map(|id| under_way.remove(&id))),
                () = changes.next() => {}
            }
        }
        while tasks.join_next().await.is_some() {}
    }
}
