//! The prober that asks the simulated data plane instead of a socket.

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep};

use crate::{
    health::{Answer, ProbeRequest, Prober, Sample, Unanswered},
    sandbox::{Cluster, Fault, Outcome},
};

/// Asks the data plane of a simulated cluster. Faults are planted at `probe`, or `probe HOST`.
#[derive(Clone, Debug)]
pub struct FakeProber(Cluster);

impl FakeProber {
    /// A prober of this cluster.
    #[must_use]
    pub const fn new(cluster: Cluster) -> Self {
        Self(cluster)
    }

    async fn ask(&self, request: &ProbeRequest) -> Result<Answer, Unanswered> {
        let late = || Unanswered(format!("no answer within {} ms", request.timeout.as_millis()));
        let host = host_of(&request.url);
        match self.0.strike(&["probe", host]) {
            Some(Fault::Hang | Fault::Unresponsive) => {
                sleep(request.timeout).await;
                return Err(late());
            }
            Some(Fault::Exit(why)) => return Err(Unanswered(why)),
            Some(
                Fault::Unreachable
                | Fault::Throttled
                | Fault::PutOff(_)
                | Fault::Conflict
                | Fault::WebhookAway
                | Fault::Unauthorized
                | Fault::Killed
                | Fault::KilledAfter
                | Fault::NotInstalled
                | Fault::WatchEnds,
            ) => return Err(Unanswered("connection refused".to_owned())),
            None => {}
        }
        let reply = self.0.route(host);
        let in_time = reply.delay <= request.timeout;
        sleep(if in_time { reply.delay } else { request.timeout }).await;
        match reply.outcome {
            Outcome::Answer { status, body } if in_time => Ok(Answer { status, body }),
            Outcome::Answer { .. } => Err(late()),
            Outcome::Nothing => {
                sleep(request.timeout.saturating_sub(reply.delay)).await;
                Err(late())
            }
        }
    }
}

impl Prober for FakeProber {
    fn probe(&self, request: ProbeRequest) -> BoxFuture<'_, Sample> {
        Box::pin(async move {
            let begun = Instant::now();
            let result = self.ask(&request).await;
            Sample { result, latency: begun.elapsed() }
        })
    }
}

/// The host of a URL, without its port.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', ':']).next().unwrap_or_default()
}
