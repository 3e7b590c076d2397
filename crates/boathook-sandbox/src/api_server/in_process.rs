//! The API server read in process, as through `kubectl proxy`: the paths and answers of the HTTP
//! side, on the clock of the simulated cluster.

use std::{collections::VecDeque, future::pending, time::Duration};

use actix_web::web;
use boathook_core::api_server::{ApiServer, ReadAnswer, ReadError, ReadRequest, WatchAnswer};
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::{
    Breakage, Caller, Cluster, Fault, Kind, Status, Watch,
    api_server::{
        discovery,
        faults::{self, FaultEffect},
        paging,
        query::Query,
        target::Target,
        watching,
    },
};

/// What the proxy answers when it cannot reach the API server, as plain text and with code 500
/// (kubectl 1.32.4).
const REFUSED: &str = "dial tcp 10.0.0.1:6443: connect: connection refused";
/// What the API server asks those to wait that it puts off.
const PUT_OFF: Duration = Duration::from_secs(1);

/// How often a watch says how far it is.
const BOOKMARKS: Duration = Duration::from_secs(60);

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

/// A watch that was begun.
struct Open {
    watch: Watch,
    kind: Kind,
    ends: Instant,
    /// When it says next how far it is, if it does.
    bookmark: Option<Instant>,
    /// What is left to say of a broken watch.
    last: VecDeque<Result<Vec<u8>, ReadError>>,
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
        let Some(fault) = self.fault() else { return Ok(None) };
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
            FaultEffect::Hangs => pending().await,
            FaultEffect::Ends => Ok(Some(Struck::Ends)),
        }
    }

    /// The one planted for all reads of a kind, or for this way of reading it.
    fn fault(&self) -> Option<Fault> {
        let cluster = &self.server.cluster;
        let verb = match self.target.name {
            Some(_) => return faults::planted(cluster, "get", &self.target),
            None if self.query.watch => "watch",
            None => "list",
        };
        faults::planted(cluster, "get", &self.target)
            .or_else(|| faults::planted_for_all(cluster, verb, &self.target))
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
                let event = watching::error_event(&status);
                return Ok(stream::iter([Ok(event.to_string().into_bytes())]).boxed());
            }
            Err(status) => return Err(status),
        };
        let open = Open {
            watch,
            kind,
            ends: Instant::now() + self.query.watch_length(),
            bookmark: self.query.allow_watch_bookmarks.then(|| Instant::now() + BOOKMARKS),
            last: VecDeque::new(),
        };
        Ok(stream::unfold(open, |mut open| async move { Some((open.next().await?, open)) }).boxed())
    }
}

impl Open {
    async fn next(&mut self) -> Option<Result<Vec<u8>, ReadError>> {
        if let Some(last) = self.last.pop_front() {
            return Some(last);
        }
        loop {
            let until = self.bookmark.map_or(self.ends, |bookmark| bookmark.min(self.ends));
            match timeout_at(until, self.watch.next()).await {
                Ok(Some(event)) => return Some(Ok(document(&event.to_json()))),
                Ok(None) => {
                    self.break_off();
                    return self.last.pop_front();
                }
                Err(_) if self.watch.broken() == Some(Breakage::Freezes) => pending().await,
                Err(_) if until == self.ends => return None,
                Err(_) => {
                    self.bookmark = Some(until + BOOKMARKS);
                    let version = self.watch.version();
                    if let Some(version) = version {
                        return Some(Ok(document(&watching::bookmark(self.kind, version))));
                    }
                }
            }
        }
    }

    /// What comes last, if the watch was broken.
    fn break_off(&mut self) {
        let last = match self.watch.broken() {
            None | Some(Breakage::Ends | Breakage::Freezes) => vec![],
            Some(Breakage::Expires) => {
                vec![Ok(document(&watching::error_event(&Status::expired(1, 2))))]
            }
            Some(Breakage::Fails) => {
                vec![Ok(document(&watching::error_event(&Status::put_off(500))))]
            }
            Some(Breakage::IsCut) => vec![
                Ok(br#"{"type":"MODIFIED","object":{"metadata":{"na"#.to_vec()),
                Err(ReadError::Unreachable("unexpected EOF".to_owned())),
            ],
        };
        self.last.extend(last);
    }
}

fn document(event: &Value) -> Vec<u8> {
    event.to_string().into_bytes()
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
