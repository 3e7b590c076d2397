//! A watch as HTTP: one JSON document per line, until the watch ends or times out; then the answer
//! ends without an error.

use std::time::Duration;

use actix_web::{HttpResponse, web::Bytes};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::{Cluster, Kind, Status, Watch, api_server::table};

/// A list as the beginning of a watch: each object as added, and a bookmark that says that these
/// were all.
#[must_use]
pub fn initial_events(kind: Kind, list: &Value) -> Vec<Value> {
    let objects = list["items"].as_array().map_or(&[][..], Vec::as_slice);
    let added = objects.iter().map(|object| json!({"type": "ADDED", "object": object}));
    let metadata = json!({
        "resourceVersion": list["metadata"]["resourceVersion"],
        "annotations": {"k8s.io/initial-events-end": "true"},
    });
    let bookmark =
        json!({"apiVersion": kind.api_version(), "kind": kind.name(), "metadata": metadata});
    added.chain([json!({"type": "BOOKMARK", "object": bookmark})]).collect()
}

/// Says how far a watch is, which may be further than the last change that it showed.
#[must_use]
pub fn bookmark(kind: Kind, version: u64) -> Value {
    let object = json!({
        "apiVersion": kind.api_version(),
        "kind": kind.name(),
        "metadata": {"resourceVersion": version.to_string()},
    });
    json!({"type": "BOOKMARK", "object": object})
}

/// The version that a list was read at.
#[must_use]
pub fn version_of(list: &Value) -> Option<u64> {
    list["metadata"]["resourceVersion"].as_str()?.parse().ok()
}

/// How the API server refuses to watch from a version that it no longer knows: within a stream that
/// was answered with 200.
#[must_use]
pub fn error_event(status: &Status) -> Value {
    json!({"type": "ERROR", "object": status.to_json()})
}

/// The same over HTTP.
#[must_use]
pub fn expired(status: &Status) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(format!("{}\n", error_event(status)))
}

/// Streams a watch after the events in `first`; the objects are table rows where `as_table` names
/// their kind.
#[must_use]
pub fn stream(
    cluster: &Cluster,
    first: Vec<Value>,
    watch: Watch,
    as_table: Option<Kind>,
    length: Duration,
) -> HttpResponse {
    let deadline = Instant::now() + length;
    let cluster = cluster.clone();
    let first: Vec<_> =
        first.into_iter().map(|document| line(&cluster, document, as_table)).collect();
    let lines = stream::unfold(watch, move |mut watch| {
        let cluster = cluster.clone();
        async move {
            let event = timeout_at(deadline, watch.next()).await.ok().flatten()?;
            Some((line(&cluster, event.to_json(), as_table), watch))
        }
    });
    let lines = stream::iter(first).chain(lines);
    HttpResponse::Ok().content_type("application/json").streaming(lines)
}

fn line(
    cluster: &Cluster,
    mut document: Value,
    as_table: Option<Kind>,
) -> Result<Bytes, actix_web::Error> {
    if let Some(kind) = as_table {
        let object: Value = document["object"].take();
        document["object"] = table::of_object(kind, &object, &cluster.time());
    }
    Ok(Bytes::from(format!("{document}\n")))
}
