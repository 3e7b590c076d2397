//! The prober that asks the simulated data plane instead of a socket.

use boathook_core::health::{
    GrpcAnswer, HeaderValue, ProbeAnswer, ProbeRequest, Prober, Sample, Unanswered,
};
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep, timeout};

use crate::{Cluster, Fault, Gateway, Outcome, Visit};

/// Asks the data plane of a simulated cluster. Faults are planted at `probe`, or `probe HOST`.
#[derive(Clone, Debug)]
pub struct FakeProber(Cluster);

impl FakeProber {
    /// A prober of this cluster.
    #[must_use]
    pub const fn new(cluster: Cluster) -> Self {
        Self(cluster)
    }

    async fn ask(&self, request: &ProbeRequest) -> Result<ProbeAnswer, Unanswered> {
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
                | Fault::Expired
                | Fault::PutOff(_)
                | Fault::Conflict
                | Fault::WebhookAway
                | Fault::Unauthorized
                | Fault::Killed
                | Fault::KilledAfter
                | Fault::NotDone
                | Fault::OnlyTried
                | Fault::NotInstalled
                | Fault::WatchEnds,
            ) => return Err(Unanswered("connection refused".to_owned())),
            None => {}
        }
        let visit = self.visit(request, host);
        let begun = Instant::now();
        match timeout(request.timeout, self.0.ask(&visit)).await.map_err(|_| late())? {
            Outcome::Nothing => {
                sleep(request.timeout.saturating_sub(begun.elapsed())).await;
                Err(late())
            }
            Outcome::Answer { status, body: _ } if request.grpc.is_some() => {
                Ok(ProbeAnswer::Grpc(GrpcAnswer::NotGrpc { status }))
            }
            Outcome::Redirect { status, location: _ } if request.grpc.is_some() => {
                Ok(ProbeAnswer::Grpc(GrpcAnswer::NotGrpc { status }))
            }
            Outcome::Answer { status, body } => {
                Ok(ProbeAnswer::Http { status, body, location: None })
            }
            Outcome::Redirect { status, location } => {
                Ok(ProbeAnswer::Http { status, body: String::new(), location: Some(location) })
            }
            Outcome::Grpc(answer) => Ok(ProbeAnswer::Grpc(answer)),
        }
    }

    /// The request as the gateway gets it that the connection goes to.
    fn visit(&self, request: &ProbeRequest, host: &str) -> Visit {
        let local = self.0.settings().local_gateway;
        let gateway = match request.connect_to {
            Some(address) if address == local => Gateway::ClusterLocal,
            // What resolves inside the cluster leads to the gateway there.
            None if host.ends_with(".svc.cluster.local") => Gateway::ClusterLocal,
            Some(_) | None => Gateway::Public,
        };
        let path = request
            .url
            .split_once("://")
            .and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]))
            .unwrap_or("/");
        let path = path.split('?').next().unwrap_or_default();
        let headers = request.headers.iter().filter_map(|header| match &header.value {
            HeaderValue::Value(value) => Some((header.name.clone(), value.clone())),
            HeaderValue::SecretOf(_) => None,
        });
        Visit {
            gateway,
            host: host.to_owned(),
            method: request.method.name().to_owned(),
            path: path.to_owned(),
            headers: headers.collect(),
            grpc: request.grpc.clone(),
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
