//! A deployment's records as server-sent events. The id of an event is the record's sequence, so a
//! reader can resume.

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
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    journal::{Journal, StoreError},
    server::{ApiError, body},
};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// A comment line is sent after this silence, so that proxies keep the connection.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(15);

/// How a record is shown; none if it is not for the reader.
pub type Show = fn(&Record) -> Option<Value>;

/// Past records and then new ones, to the end of the deployment.
pub(crate) async fn stream_of(
    journal: &Journal,
    id: &DeploymentId,
    headers: &HeaderMap,
    stopping: CancellationToken,
    show: Show,
) -> Result<HttpResponse, ApiError> {
    let after = body::header(headers, &LAST_EVENT_ID).and_then(|id| id.parse().ok()).unwrap_or(0);
    if after > 0 && nothing_more(journal, id, after).await? {
        return Ok(HttpResponse::NoContent().finish());
    }
    let events = Events { records: Box::pin(journal.follow(id, after)), stopping, show };
    let first = stream::once(async { Ok::<_, Error>(Bytes::from_static(b"retry: 2000\n\n")) });
    let frames = first.chain(stream::unfold(events, Events::next).map(Ok));
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/event-stream")).streaming(frames))
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
    stopping: CancellationToken,
    show: Show,
}

impl Events {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            let record = tokio::select! {
                record = self.records.next() => record?,
                () = tokio::time::sleep(HEARTBEAT) => return Some((Bytes::from_static(b": still here\n\n"), self)),
                () = self.stopping.cancelled() => return None,
            };
            match record {
                Ok(record) => {
                    if let Some(data) = (self.show)(&record) {
                        return Some((frame(&record, &data), self));
                    }
                }
                Err(error) => {
                    warn!("Ended a stream of events: {error}");
                    return None;
                }
            }
        }
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
