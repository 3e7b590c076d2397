//! A relay that does what a test says, connection by connection. Holds no test.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use boathook::{
    observers::audit::{RefusalQueue, Refusals},
    sources::relay::{Bytestream, ConnectError, Relay, RelayTerms, RelayTransport, Subscribe},
};
use boathook_core::current::Current;
use boathook_testing::harness::{BODY_MAX, Harness};
use bytes::Bytes;
use futures_util::{
    FutureExt, StreamExt,
    future::BoxFuture,
    stream::{self, pending},
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// What a connection brings, and then.
#[derive(Clone, Debug)]
pub enum Connection {
    /// These bytes, and the end.
    Cut(String),
    /// These bytes, and nothing more.
    Silent(String),
    /// None is made.
    Refused,
}

/// When it was asked for events, and with which `Last-Event-ID`.
type Asked = (Duration, Option<String>);

/// A relay that does what a test says; after its last connection it refuses more.
#[derive(Clone, Default)]
pub struct Channel {
    connections: Arc<Mutex<VecDeque<Connection>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    began: Option<Instant>,
}

impl Channel {
    pub fn of(connections: impl IntoIterator<Item = Connection>) -> Self {
        let connections = Arc::new(Mutex::new(connections.into_iter().collect()));
        Self { connections, asked: Arc::default(), began: Some(Instant::now()) }
    }

    /// When it was asked for events, in seconds, and with which `Last-Event-ID`.
    pub fn asked(&self) -> Vec<(u64, Option<String>)> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|(at, id)| (at.as_secs(), id.clone())).collect()
    }

    /// Lets a boathook follow it for this long; gives the refusals.
    pub async fn followed_by(&self, harness: &Harness, kind: &str, time: Duration) -> RefusalQueue {
        self.followed_at(harness, kind, 10_000, time).await
    }

    /// The same with another limit of events a minute.
    pub async fn followed_at(
        &self,
        harness: &Harness,
        kind: &str,
        per_minute: u32,
        time: Duration,
    ) -> RefusalQueue {
        let (relay, queue) = self.relay(harness, json!({"kind": kind}), per_minute);
        let stop = CancellationToken::new();
        let _ = timeout(time, relay.follow(&stop)).await;
        queue
    }

    /// Lets a boathook that takes only sealed bodies follow it for this long.
    pub async fn followed_sealed(&self, harness: &Harness, time: Duration) -> RefusalQueue {
        let config = json!({"kind": "gosmee", "sealed": "required"});
        let (relay, queue) = self.relay(harness, config, 10_000);
        let _ = timeout(time, relay.follow(&CancellationToken::new())).await;
        queue
    }

    /// Lets a boathook follow it until it is stopped, after this long.
    pub async fn followed_until(
        &self,
        harness: &Harness,
        config: Value,
        time: Duration,
    ) -> RefusalQueue {
        let (relay, queue) = self.relay(harness, config, 10_000);
        let stop = CancellationToken::new();
        let stopping = async {
            sleep(time).await;
            stop.cancel();
        };
        tokio::join!(relay.follow(&stop), stopping);
        queue
    }

    /// A relay that reads it, with these settings besides or in place of the usual ones.
    fn relay(&self, harness: &Harness, more: Value, per_minute: u32) -> (Relay, RefusalQueue) {
        let (refusals, queue) = Refusals::channel();
        let mut config = json!({"name": "ours", "url": "https://relay.example/a-channel"});
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let relay = Relay {
            terms: RelayTerms {
                config: serde_json::from_value(config).unwrap(),
                body_max: BODY_MAX,
                per_minute,
            },
            transport: Arc::new(self.clone()),
            admission: Current::part_of(
                tokio::sync::watch::channel(Arc::new(harness.public.clone())).1,
                |public| &public.admission,
            ),
            refusals,
            counters: harness.counters.relays.clone(),
        };
        (relay, queue)
    }
}

impl RelayTransport for Channel {
    fn subscribe(&self, subscribe: Subscribe) -> BoxFuture<'_, Result<Bytestream, ConnectError>> {
        let at = self.began.map(|began| began.elapsed()).unwrap_or_default();
        self.asked.lock().unwrap().push((at, subscribe.last_event_id));
        let next = self.connections.lock().unwrap().pop_front();
        async move {
            let whole = |text: String| stream::iter([Ok(Bytes::from(text))]);
            match next.unwrap_or(Connection::Refused) {
                Connection::Cut(text) => Ok(whole(text).boxed()),
                Connection::Silent(text) => Ok(whole(text).chain(pending()).boxed()),
                Connection::Refused => Err(ConnectError::NotEvents),
            }
        }
        .boxed()
    }
}
