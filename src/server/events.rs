//! A deployment's records as they come: server-sent events, or, for a reader that cannot be
//! streamed to, JSON with what there is. The id of an event is the record's sequence, so a reader
//! can resume.

use std::{pin::Pin, time::Duration};

use actix_web::{
    HttpResponse,
    error::Error,
    http::header::{CONTENT_TYPE, HeaderMap, HeaderName},
    web::Bytes,
};
use boathook_core::{
    deployment::DeploymentId,
    record::{Record, Status},
};
use futures_util::{Stream, StreamExt, stream};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    journal::{Journal, StoreError},
    server::{ApiError, accept, body},
};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Asks nginx, and what understands it, to pass every event on at once.
const BUFFERING: (&str, &str) = ("X-Accel-Buffering", "no");

/// A comment line is sent after this silence, so that proxies and readers keep the connection.
pub const HEARTBEAT: Duration = Duration::from_secs(15);
/// Events in one JSON answer at most; who asks again after the last one gets those that follow.
const EVENTS_MAX: usize = 200;

/// How a record is shown; none if it is not for the reader.
pub type Show = fn(&Record) -> Option<Value>;

/// What a reader asks for: the records of one deployment after those that it has.
pub(crate) struct EventsRequest<'a> {
    pub journal: &'a Journal,
    pub id: &'a DeploymentId,
    pub headers: &'a HeaderMap,
    pub show: Show,
    pub heartbeat: Duration,
    pub stopping: CancellationToken,
}

impl EventsRequest<'_> {
    /// Past records and then new ones, to the end of the deployment; past ones alone where JSON is
    /// asked for.
    pub(crate) async fn answer(self) -> Result<HttpResponse, ApiError> {
        let Self { journal, id, headers, show, heartbeat, stopping } = self;
        let after = last_event_id(headers).unwrap_or(0);
        if after > 0 && nothing_more(journal, id, after).await? {
            return Ok(HttpResponse::NoContent().finish());
        }
        if accept::prefers(headers, "application/json", "text/event-stream") {
            let records = journal.records(id, after).await?;
            let events = records.iter().filter_map(show).take(EVENTS_MAX).collect::<Vec<_>>();
            return Ok(HttpResponse::Ok().json(json!({ "events": events })));
        }
        Ok(stream_of(journal.follow_deployment(id, after), show, heartbeat, stopping))
    }
}

/// The sequence of the last record that a reader has.
pub(crate) fn last_event_id(headers: &HeaderMap) -> Option<u64> {
    body::header(headers, &LAST_EVENT_ID)?.parse().ok()
}

/// Records as server-sent events, to their end.
pub(crate) fn stream_of(
    records: impl Stream<Item = Result<Record, StoreError>> + 'static,
    show: Show,
    heartbeat: Duration,
    stopping: CancellationToken,
) -> HttpResponse {
    let records = Box::pin(records);
    let next_heartbeat = Instant::now() + heartbeat;
    let events = Events { records, show, heartbeat, next_heartbeat, stopping };
    let first = stream::once(async { Ok::<_, Error>(Bytes::from_static(b"retry: 2000\n\n")) });
    let frames = first.chain(stream::unfold(events, Events::next).map(Ok));
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header(BUFFERING)
        .streaming(frames)
}

/// A reader that has everything is answered 204, so that it does not reconnect; an empty stream
/// would make it reconnect again and again.
async fn nothing_more(
    journal: &Journal,
    id: &DeploymentId,
    after: u64,
) -> Result<bool, StoreError> {
    let ended = journal
        .deployment(id)
        .await?
        .is_some_and(|deployment| matches!(deployment.state.status(), Status::Ended(_)));
    Ok(ended && journal.records(id, after).await?.is_empty())
}

struct Events {
    records: Pin<Box<dyn Stream<Item = Result<Record, StoreError>>>>,
    show: Show,
    heartbeat: Duration,
    /// Moved on by what is sent alone: records that the reader does not see keep no connection.
    next_heartbeat: Instant,
    stopping: CancellationToken,
}

impl Events {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            let record = tokio::select! {
                record = self.records.next() => record?,
                () = tokio::time::sleep_until(self.next_heartbeat) => {
                    return Some(self.sent(Bytes::from_static(b": still here\n\n")));
                }
                () = self.stopping.cancelled() => return None,
            };
            match record {
                Ok(record) => {
                    if let Some(data) = (self.show)(&record) {
                        return Some(self.sent(frame(&record, &data)));
                    }
                }
                Err(error) => {
                    warn!("Ended a stream of events: {error}");
                    return None;
                }
            }
        }
    }

    fn sent(mut self, frame: Bytes) -> (Bytes, Self) {
        self.next_heartbeat = Instant::now() + self.heartbeat;
        (frame, self)
    }
}

/// JSON never holds a bare line break, so one `data` line is enough.
fn frame(record: &Record, data: &Value) -> Bytes {
    Bytes::from(format!(
        "id: {}\nevent: {}\ndata: {data}\n\n",
        record.sequence,
        record.event.name()
    ))
}
