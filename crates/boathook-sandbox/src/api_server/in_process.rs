//! The API server read in process, as through `kubectl proxy`: the paths and answers of the HTTP
//! side, on the clock of the simulated cluster.

use std::time::Duration;

use actix_web::web;
use boathook_core::api_server::{ApiServer, ReadAnswer, ReadError, ReadRequest, WatchAnswer};
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::{
    Caller, Cluster, Fault, Status,
    api_server::{
        discovery,
        faults::{self, FaultEffect},
        open_watch::{HALF_AN_EVENT, OpenWatch, Sent},
        paging,
        query::Query,
        target::Target,
        watch_events,
    },
};

/// What the proxy answers when it cannot reach the API server, as plain text and with code 500
/// (kubectl 1.32.4).
const REFUSED: &str = "dial tcp 10.0.0.1:6443: connect: connection refused";
/// What the API server asks those to wait that it puts off.
const PUT_OFF: Duration = Duration::from_secs(1);

/// Reads the simulated cluster with someone's credentials.
#[derive(Clone, Debug)]
pub struct FakeApiServer {
    cluster: Cluster,
    caller: Caller,
}

/// A read that no fault has hit.
struct Asked<'a> {
    server: &'a FakeApiServer,
    target: Target<'a>,
    query: Query,
}

/// What a fault leaves of a read.
enum Struck {
    Answer(ReadAnswer),
    Ends,
}

impl FakeApiServer {
    /// What the administrator reads.
    #[must_use]
    pub fn new(cluster: Cluster) -> Self {
        Self { cluster, caller: Caller::admin() }
    }

    /// The same with another user's credentials.
    #[must_use]
    pub fn as_caller(&self, caller: Caller) -> Self {
        Self { cluster: self.cluster.clone(), caller }
    }

    async fn answer(&self, path: &str) -> Result<ReadAnswer, ReadError> {
        self.cluster.note_read(path);
        sleep(self.cluster.settings().timings.read).await;
        let (path, query) = apart(path);
        if let Some(resources) = discovery::resources_at(path) {
            return Ok(found(&resources));
        }
        match self.asked(path, query) {
            Ok(asked) => match asked.strike().await? {
                Some(Struck::Answer(answer)) => Ok(answer),
                Some(Struck::Ends) | None => Ok(asked
                    .objects()
                    .map_or_else(|status| refused(&status), |objects| found(&objects))),
            },
            Err(status) => Ok(refused(&status)),
        }
    }

    async fn open(&self, path: &str) -> Result<WatchAnswer, ReadError> {
        self.cluster.note_read(path);
        sleep(self.cluster.settings().timings.read).await;
        let (path, query) = apart(path);
        let asked = match self.asked(path, query) {
            Ok(asked) => asked,
            Err(status) => return Ok(WatchAnswer::Refused(refused(&status))),
        };
        Ok(match asked.strike().await? {
            Some(Struck::Answer(answer)) => WatchAnswer::Refused(answer),
            Some(Struck::Ends) => WatchAnswer::Events(stream::empty().boxed()),
            None => asked
                .events()
                .map_or_else(|status| WatchAnswer::Refused(refused(&status)), WatchAnswer::Events),
        })
    }

    fn asked<'a>(&'a self, path: &'a str, query: &str) -> Result<Asked<'a>, Status> {
        let target = Target::parse(path).ok_or_else(Status::no_such_path)?;
        let query = web::Query::<Query>::from_query(query)
            .map_err(|error| Status::bad_request(error.to_string()))?
            .into_inner();
        Ok(Asked { server: self, target, query })
    }
}

impl ApiServer for FakeApiServer {
    fn read(&self, request: ReadRequest) -> BoxFuture<'_, Result<ReadAnswer, ReadError>> {
        async move {
            timeout(request.timeout, self.answer(&request.path))
                .await
                .unwrap_or(Err(ReadError::TimedOut(request.timeout)))
        }
        .boxed()
    }

    fn watch(&self, request: ReadRequest) -> BoxFuture<'_, Result<WatchAnswer, ReadError>> {
        async move {
            timeout(request.timeout, self.open(&request.path))
                .await
                .unwrap_or(Err(ReadError::TimedOut(request.timeout)))
        }
        .boxed()
    }
}

impl Asked<'_> {
    /// What a planted fault leaves of it.
    async fn strike(&self) -> Result<Option<Struck>, ReadError> {
        let planted = faults::planted_for_read(&self.server.cluster, &self.target, &self.query);
        let Some(fault) = planted else { return Ok(None) };
        match fault {
            Fault::NotInstalled => {
                return Err(ReadError::NoReader(
                    "`kubectl` is not installed, or not in boathook's PATH".to_owned(),
                ));
            }
            Fault::Killed | Fault::KilledAfter => {
                return Err(ReadError::Unreachable("`kubectl proxy` ended".to_owned()));
            }
            Fault::Unreachable => {
                let body = REFUSED.into();
                return Ok(Some(Struck::Answer(ReadAnswer { code: 500, retry_after: None, body })));
            }
            // These befall only what changes something, or kubectl's own watch.
            Fault::NotDone | Fault::OnlyTried => return Ok(None),
            _ => {}
        }
        match faults::effect(fault, &self.target) {
            FaultEffect::Refused(status) => Ok(Some(Struck::Answer(refused(&status)))),
            FaultEffect::PutOff(status) => Ok(Some(Struck::Answer(ReadAnswer {
                retry_after: Some(PUT_OFF),
                ..refused(&status)
            }))),
            FaultEffect::Hangs => std::future::pending().await,
            FaultEffect::Ends => Ok(Some(Struck::Ends)),
        }
    }

    fn objects(&self) -> Result<Value, Status> {
        let FakeApiServer { cluster, caller } = self.server;
        let Target { kind, namespace, name, .. } = self.target;
        match name {
            Some(name) => cluster.get(caller, kind, namespace, name),
            None => {
                let list = cluster.list(caller, kind, namespace, &self.query.selector(kind)?)?;
                paging::page(cluster, list, &self.query)
            }
        }
    }

    fn events(&self) -> Result<BoxStream<'static, Result<Vec<u8>, ReadError>>, Status> {
        let FakeApiServer { cluster, caller } = self.server;
        let Target { kind, namespace, .. } = self.target;
        let selector = self.query.selector(kind)?;
        let watch = match cluster.watch(caller, kind, namespace, selector, self.query.version()?) {
            Ok(watch) => watch,
            Err(status) if status.code == 410 => {
                let event = watch_events::error_event(&status);
                return Ok(stream::iter([Ok(event.to_string().into_bytes())]).boxed());
            }
            Err(status) => return Err(status),
        };
        let open = OpenWatch::new(watch, kind, &self.query);
        let sent = stream::unfold(open, |mut open| async move { Some((open.next().await?, open)) });
        Ok(sent.flat_map(|sent| stream::iter(items(sent))).boxed())
    }
}

/// As a reader gets it.
fn items(sent: Sent) -> Vec<Result<Vec<u8>, ReadError>> {
    match sent {
        Sent::Event(event) => vec![Ok(event.to_string().into_bytes())],
        Sent::Half => {
            vec![Ok(HALF_AN_EVENT.into()), Err(ReadError::Unreachable("unexpected EOF".to_owned()))]
        }
    }
}

/// Path and query; the path without its first slash.
fn apart(path: &str) -> (&str, &str) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    (path.strip_prefix('/').unwrap_or(path), query)
}

fn found(object: &Value) -> ReadAnswer {
    ReadAnswer { code: 200, retry_after: None, body: object.to_string().into_bytes() }
}

fn refused(status: &Status) -> ReadAnswer {
    ReadAnswer {
        code: status.code,
        retry_after: None,
        body: status.to_json().to_string().into_bytes(),
    }
}
