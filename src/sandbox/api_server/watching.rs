//! A watch as HTTP: one JSON document a line, until the watch ends or its time is up; then the answer ends too, in silence.

use std::time::Duration;

use actix_web::{HttpResponse, web::Bytes};
use futures_util::stream;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::sandbox::{Cluster, Kind, Watch, WatchEvent, api_server::table};

/// How long a watch may last where the client says nothing.
const LONGEST: Duration = Duration::from_secs(1800);

/// Streams a watch; the objects are table rows where `as_table` names their kind.
#[must_use]
pub fn stream(cluster: &Cluster, watch: Watch, as_table: Option<Kind>, timeout_seconds: Option<u64>) -> HttpResponse {
    let deadline = Instant::now() + timeout_seconds.map_or(LONGEST, Duration::from_secs);
    let cluster = cluster.clone();
    let lines = stream::unfold(watch, move |mut watch| {
        let cluster = cluster.clone();
        async move {
            let event = timeout_at(deadline, watch.next()).await.ok().flatten()?;
            Some((Ok::<Bytes, actix_web::Error>(line(&cluster, &event, as_table)), watch))
        }
    });
    HttpResponse::Ok().content_type("application/json").streaming(lines)
}

fn line(cluster: &Cluster, event: &WatchEvent, as_table: Option<Kind>) -> Bytes {
    let mut document = event.to_json();
    if let Some(kind) = as_table {
        let object: Value = document["object"].take();
        document["object"] = table::of_object(kind, &object, &cluster.time());
    }
    Bytes::from(format!("{document}\n"))
}
