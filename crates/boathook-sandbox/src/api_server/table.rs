//! Objects as table rows for `kubectl get`, which requests them with `as=Table`.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::Kind;

/// A heading, and where its cell is found.
type Column = (&'static str, Cell);

#[derive(Clone, Copy)]
enum Cell {
    /// At this JSON pointer.
    At(&'static str),
    /// How long it has been there.
    Age,
    /// This field of the `Ready` condition.
    Ready(&'static str),
    /// How many containers are ready, as `1/2`.
    Containers,
    /// Why a container waits, or else the phase.
    PodStatus,
    /// How often containers were started again.
    Restarts,
    /// How long ago an event happened the last time.
    LastSeen,
    /// What an event is about: `pod/web-1`.
    Involved,
}

const NAME: Column = ("Name", Cell::At("/metadata/name"));
const AGE: Column = ("Age", Cell::Age);
const URL: Column = ("URL", Cell::At("/status/url"));
const LATEST_CREATED: Column = ("LatestCreated", Cell::At("/status/latestCreatedRevisionName"));
const LATEST_READY: Column = ("LatestReady", Cell::At("/status/latestReadyRevisionName"));
const READY: Column = ("Ready", Cell::Ready("status"));
const REASON: Column = ("Reason", Cell::Ready("reason"));

/// Whether the client asks for a table.
#[must_use]
pub fn is_wanted(accept: &str) -> bool {
    accept.contains("as=Table;v=v1;g=meta.k8s.io")
}

/// A list as a table.
#[must_use]
pub fn of_list(kind: Kind, list: &Value, now: &str) -> Value {
    let rows = list["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    table(kind, rows, &list["metadata"], now)
}

/// One object as a table of one row.
#[must_use]
pub fn of_object(kind: Kind, object: &Value, now: &str) -> Value {
    table(
        kind,
        std::slice::from_ref(object),
        &json!({"resourceVersion": object["metadata"]["resourceVersion"]}),
        now,
    )
}

fn table(kind: Kind, objects: &[Value], metadata: &Value, now: &str) -> Value {
    let columns = columns(kind);
    let definitions: Vec<Value> = columns.iter().map(|(name, _)| definition(name)).collect();
    let rows: Vec<Value> = objects.iter().map(|object| row(&columns, object, now)).collect();
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": definitions,
        "rows": rows,
    })
}

fn definition(name: &str) -> Value {
    let format = if name == "Name" { "name" } else { "" };
    json!({"name": name, "type": "string", "format": format, "description": "", "priority": 0})
}

fn row(columns: &[Column], object: &Value, now: &str) -> Value {
    let cells: Vec<String> = columns.iter().map(|(_, cell)| cell.show(object, now)).collect();
    let metadata = json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": object["metadata"],
    });
    json!({"cells": cells, "object": metadata})
}

fn columns(kind: Kind) -> Vec<Column> {
    match kind {
        Kind::Namespace => vec![NAME, ("Status", Cell::At("/status/phase")), AGE],
        Kind::Pod => vec![
            NAME,
            ("Ready", Cell::Containers),
            ("Status", Cell::PodStatus),
            ("Restarts", Cell::Restarts),
            AGE,
        ],
        Kind::Service => vec![NAME, URL, LATEST_CREATED, LATEST_READY, READY, REASON],
        Kind::Configuration => vec![NAME, LATEST_CREATED, LATEST_READY, READY, REASON],
        Kind::Revision => vec![
            NAME,
            ("Config Name", Cell::At("/metadata/labels/serving.knative.dev~1configuration")),
            (
                "Generation",
                Cell::At("/metadata/labels/serving.knative.dev~1configurationGeneration"),
            ),
            READY,
            REASON,
            ("Actual Replicas", Cell::At("/status/actualReplicas")),
            ("Desired Replicas", Cell::At("/status/desiredReplicas")),
        ],
        Kind::Route | Kind::DomainMapping => vec![NAME, URL, READY, REASON],
        Kind::PodAutoscaler => {
            vec![
                NAME,
                ("DesiredScale", Cell::At("/status/desiredScale")),
                ("ActualScale", Cell::At("/status/actualScale")),
                READY,
                REASON,
            ]
        }
        Kind::ClusterDomainClaim => vec![NAME],
        Kind::Event => vec![
            ("Last Seen", Cell::LastSeen),
            ("Type", Cell::At("/type")),
            ("Reason", Cell::At("/reason")),
            ("Object", Cell::Involved),
            ("Message", Cell::At("/message")),
        ],
        Kind::ConfigMap
        | Kind::Secret
        | Kind::ServiceAccount
        | Kind::CoreService
        | Kind::Role
        | Kind::RoleBinding
        | Kind::Deployment
        | Kind::Job
        | Kind::Ingress
        | Kind::NetworkPolicy
        | Kind::PersistentVolumeClaim
        | Kind::ResourceQuota
        | Kind::LimitRange => vec![NAME, AGE],
    }
}

impl Cell {
    fn show(self, object: &Value, now: &str) -> String {
        let containers =
            object["status"]["containerStatuses"].as_array().map(Vec::as_slice).unwrap_or_default();
        match self {
            Self::At(pointer) => object.pointer(pointer).map(text).unwrap_or_default(),
            Self::Age => {
                since(object["metadata"]["creationTimestamp"].as_str().unwrap_or_default(), now)
            }
            Self::Ready(field) => {
                ready_condition(object).map(|condition| text(&condition[field])).unwrap_or_default()
            }
            Self::Containers => {
                let ready =
                    containers.iter().filter(|container| container["ready"] == true).count();
                format!("{ready}/{}", containers.len())
            }
            Self::PodStatus => {
                let waiting = containers
                    .iter()
                    .find_map(|container| container["state"]["waiting"]["reason"].as_str());
                waiting.map_or_else(|| text(&object["status"]["phase"]), str::to_owned)
            }
            Self::LastSeen => {
                let fields = [
                    &object["lastTimestamp"],
                    &object["eventTime"],
                    &object["metadata"]["creationTimestamp"],
                ];
                fields
                    .into_iter()
                    .find_map(Value::as_str)
                    .map_or_else(String::new, |last| since(last, now))
            }
            Self::Involved => {
                let involved = &object["involvedObject"];
                format!("{}/{}", text(&involved["kind"]).to_lowercase(), text(&involved["name"]))
            }
            Self::Restarts => containers
                .iter()
                .filter_map(|container| container["restartCount"].as_u64())
                .sum::<u64>()
                .to_string(),
        }
    }
}

/// `12s`, `5m`, `3h`, `2d`.
fn since(then: &str, now: &str) -> String {
    let seconds = |text: &str| text.parse::<Timestamp>().map(Timestamp::as_second);
    let (Ok(now), Ok(then)) = (seconds(now), seconds(then)) else { return "<unknown>".to_owned() };
    let seconds = (now - then).max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

fn ready_condition(object: &Value) -> Option<&Value> {
    object["status"]["conditions"].as_array()?.iter().find(|condition| condition["type"] == "Ready")
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}
