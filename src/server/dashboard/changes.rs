//! `GET /dashboard/events`: an event for each record, with its deployment. An open page then
//! reloads itself.

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpResponse,
    error::Error,
    http::header::CONTENT_TYPE,
    web::{Bytes, Data},
};
use boathook_core::record::Record;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::server::{ApiError, OperatorState};

/// How long one stream lasts; a browser reconnects by itself. So no stream is kept for a browser
/// that is gone.
const LIFETIME: Duration = Duration::from_secs(600);

/// The changes from now on.
pub async fn events(operators: Data<OperatorState>) -> Result<HttpResponse, ApiError> {
    let changes = Changes {
        records: operators.journal.subscribe(),
        heartbeat: operators.heartbeat,
        stopping: operators.stopping.clone(),
        ends: Instant::now() + LIFETIME,
    };
    let first = stream::once(async { Ok::<_, Error>(Bytes::from_static(b"retry: 2000\n\n")) });
    let frames = first.chain(stream::unfold(changes, Changes::next).map(Ok));
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/event-stream")).streaming(frames))
}

struct Changes {
    records: Receiver<Arc<Record>>,
    heartbeat: Duration,
    stopping: CancellationToken,
    ends: Instant,
}

impl Changes {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        let frame = tokio::select! {
            record = self.records.recv() => match record {
                Ok(record) => frame(json!({"deployment": record.deployment, "what": record.event.name()})),
                // Which ones were missed does not matter: the page is read again as a whole.
                Err(RecvError::Lagged(_)) => frame(json!({})),
                Err(RecvError::Closed) => return None,
            },
            () = tokio::time::sleep(self.heartbeat) => Bytes::from_static(b": still here\n\n"),
            () = tokio::time::sleep_until(self.ends) => return None,
            () = self.stopping.cancelled() => return None,
        };
        Some((frame, self))
    }
}

fn frame(change: Value) -> Bytes {
    Bytes::from(format!("event: change\ndata: {change}\n\n"))
}
