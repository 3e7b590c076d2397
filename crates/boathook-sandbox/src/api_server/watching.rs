//! A watch as HTTP: one JSON document per line, until the watch ends or times out; then the answer
//! ends without an error.

use std::io;

use actix_web::{HttpResponse, web::Bytes};
use futures_util::{StreamExt as _, stream};
use serde_json::Value;

use crate::{
    Cluster, Kind, Status,
    api_server::{
        open_watch::{HALF_AN_EVENT, OpenWatch, Sent},
        table, watch_events,
    },
};

/// How the API server refuses to watch from a version that it no longer knows.
#[must_use]
pub fn expired(status: &Status) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(format!("{}\n", watch_events::error_event(status)))
}

/// Streams a watch after the events in `first`; the objects are table rows where `as_table` names
/// their kind.
#[must_use]
pub fn stream(
    cluster: &Cluster,
    first: Vec<Value>,
    watch: OpenWatch,
    as_table: Option<Kind>,
) -> HttpResponse {
    let cluster = cluster.clone();
    let sent = stream::unfold(watch, |mut watch| async move { Some((watch.next().await?, watch)) });
    let lines = stream::iter(first).map(Sent::Event).chain(sent).flat_map(move |sent| {
        stream::iter(match sent {
            Sent::Event(document) => vec![Ok(line(&cluster, document, as_table))],
            Sent::Half => vec![
                Ok(Bytes::from(HALF_AN_EVENT)),
                Err(io::Error::from(io::ErrorKind::ConnectionReset)),
            ],
        })
    });
    HttpResponse::Ok().content_type("application/json").streaming(lines)
}

fn line(cluster: &Cluster, mut document: Value, as_table: Option<Kind>) -> Bytes {
    if let Some(kind) = as_table {
        let object: Value = document["object"].take();
        document["object"] = table::of_object(kind, &object, &cluster.time());
    }
    Bytes::from(format!("{document}\n"))
}
