//! Connects to a relay over HTTP. It follows no redirect, and keeps no connection beside the one
//! that it reads.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt, TryStreamExt, future::BoxFuture};
use reqwest::{
    Response, StatusCode,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE},
};
use tokio::time::timeout;

use crate::{
    http_client,
    sources::relay::transport::{Bytestream, ConnectError, RelayTransport, Subscribe},
};

/// How long it may take from the name to the answer's head.
const PATIENCE: Duration = Duration::from_secs(15);
/// smee.io answers with a page unless `Accept` is exactly this.
const EVENTS: &str = "text/event-stream";

/// Connects over HTTP, through the proxies that this process's environment names.
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpRelayTransport;

impl RelayTransport for HttpRelayTransport {
    fn subscribe(&self, subscribe: Subscribe) -> BoxFuture<'_, Result<Bytestream, ConnectError>> {
        async {
            let answered = timeout(PATIENCE, ask(subscribe)).await;
            let response = answered.unwrap_or(Err(ConnectError::TimedOut(PATIENCE)))?;
            Ok(response.bytes_stream().map_err(unreached).boxed())
        }
        .boxed()
    }
}

async fn ask(subscribe: Subscribe) -> Result<Response, ConnectError> {
    let Subscribe { url, last_event_id } = subscribe;
    let client = http_client::through_proxies(url.as_str()).build().map_err(unreached)?;
    let request = client.get(url).header(ACCEPT, EVENTS).header(CACHE_CONTROL, "no-cache");
    let request = match last_event_id {
        Some(id) => request.header("Last-Event-ID", id),
        None => request,
    };
    let response = request.send().await.map_err(unreached)?;
    if response.status() != StatusCode::OK {
        return Err(ConnectError::Refused(response.status()));
    }
    let content_type = response.headers().get(CONTENT_TYPE);
    let is_events =
        content_type.is_some_and(|value| value.as_bytes().starts_with(EVENTS.as_bytes()));
    if is_events { Ok(response) } else { Err(ConnectError::NotEvents) }
}

fn unreached(error: reqwest::Error) -> ConnectError {
    ConnectError::Unreached(Box::new(error.without_url()))
}
