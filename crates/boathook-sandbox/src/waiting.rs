//! Requests with a delayed answer: they wait here, outside the cluster's lock.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::{Cluster, Outcome, Visit};

/// How often it is looked whether a held request has a pod by now.
const POLL: Duration = Duration::from_millis(50);

impl Cluster {
    /// Sends one request and waits for the answer, or for the word that nothing ever will: the
    /// caller says how long is enough.
    pub async fn ask(&self, visit: &Visit) -> Outcome {
        let mut reply = self.visit(visit);
        let given_up = Instant::now() + reply.delay;
        while let Some(revision) = reply.held_for {
            if Instant::now() >= given_up {
                return reply.outcome;
            }
            sleep(POLL).await;
            reply = self.at_now().route_held(&revision, visit);
        }
        sleep(reply.delay).await;
        reply.outcome
    }
}
