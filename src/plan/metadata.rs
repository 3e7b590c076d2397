//! Changes of a service's own labels and annotations: keys in its manifest are set, keys that only
//! an earlier manifest had are removed, and keys set by others stay. The service is never more
//! exposed than both the old and the new manifest allow (docs/decisions/0011).

use std::collections::{BTreeMap, BTreeSet};

use boathook_core::{
    deployment::marked_beginning,
    objects::{CLUSTER_LOCAL, Document, LAST_APPLIED, MetadataChange, VISIBILITY},
    rollout::{Note, Topic},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::cluster::{Entries, Service};

/// Where boathook stores which labels and annotations it set, so that it can remove those that
/// leave the manifest.
pub(super) const SET_BY_MANIFEST: &str = "boathook.dev/set-by-manifest";
/// Keys that Knative and kubectl write themselves.
const NOT_OURS: [&str; 3] =
    ["serving.knative.dev/creator", "serving.knative.dev/lastModifier", LAST_APPLIED];
/// Characters of a value that a note shows.
const SHOWN_MAX: usize = 60;

/// The changes of labels and annotations of an existing service.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Metadata {
    /// What is set with the new template.
    pub change: MetadataChange,
    /// Makes the service public, once the new revision has all traffic.
    pub opening: Option<MetadataChange>,
    /// Restores everything as it was.
    pub undo: MetadataChange,
    /// Notes for operators.
    pub notes: Vec<Note>,
}

/// The keys that a manifest set.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Keys {
    labels: BTreeSet<String>,
    annotations: BTreeSet<String>,
}

/// Removes keys from a manifest that others own, and stores which keys it sets. The error says what
/// Kubernetes would refuse.
pub(super) fn prepare(
    metadata: &mut Map<String, Value>,
    notes: &mut Vec<Note>,
) -> Result<(), String> {
    for field in ["labels", "annotations"] {
        check(metadata, field)?;
    }
    let mut dropped = Vec::new();
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        dropped.extend(NOT_OURS.into_iter().filter(|key| annotations.remove(*key).is_some()));
        annotations.remove(SET_BY_MANIFEST);
    }
    if !dropped.is_empty() {
        notes.push(
            format!(
                "the manifest's {} was left out: Knative and kubectl write that themselves",
                dropped.join(", ")
            )
            .into(),
        );
    }
    let keys =
        Keys { labels: keys(metadata, "labels"), annotations: keys(metadata, "annotations") };
    if !(keys.labels.is_empty() && keys.annotations.is_empty()) {
        let text = serde_json::to_string(&keys).map_err(|error| error.to_string())?;
        let annotations = metadata.entry("annotations").or_insert_with(|| Map::new().into());
        annotations[SET_BY_MANIFEST] = text.into();
    }
    Ok(())
}

/// Keeps a map of strings, or removes it if it is empty.
fn check(metadata: &mut Map<String, Value>, field: &str) -> Result<(), String> {
    match metadata.get_mut(field) {
        None => {}
        Some(Value::Null) => drop(metadata.remove(field)),
        Some(Value::Object(entries)) => {
            entries.retain(|_, value| !value.is_null());
            if let Some((key, value)) = entries.iter().find(|(_, value)| !value.is_string()) {
                return Err(format!(
                    "metadata.{field}: `{key}` is {value} and not text; put it in quotes"
                ));
            }
        }
        Some(other) => return Err(format!("metadata.{field} is {other} and not a map")),
    }
    Ok(())
}

fn keys(metadata: &Map<String, Value>, field: &str) -> BTreeSet<String> {
    metadata
        .get(field)
        .and_then(Value::as_object)
        .map(|entries| entries.keys().cloned().collect())
        .unwrap_or_default()
}

impl Metadata {
    /// The changes for a service when `manifest`, after [`prepare`], is applied. `in_stages` says
    /// that a new revision gets traffic in stages; otherwise everything changes at once.
    pub(super) fn of(manifest: &Document, service: &Service, in_stages: bool) -> Self {
        let before = remembered(service);
        let mut change = MetadataChange {
            labels: changed(entries(manifest, "labels"), &before.labels, service.labels()),
            annotations: changed(
                entries(manifest, "annotations"),
                &before.annotations,
                service.annotations(),
            ),
        };
        let undo = undo(&change, service);
        let mut notes: Vec<Note> =
            changes_note(&change, service).into_iter().map(Note::from).collect();
        let was_local =
            service.labels().get(VISIBILITY).is_some_and(|value| value == CLUSTER_LOCAL);
        let turns = change.makes_local().filter(|local| *local != was_local);
        notes.extend(turns.map(|local| Topic::Visibility.note(visibility(local, in_stages))));
        let mut opening = None;
        if turns == Some(false) && in_stages {
            opening = change.labels.remove_entry(VISIBILITY).map(|entry| MetadataChange {
                labels: BTreeMap::from([entry]),
                ..Default::default()
            });
        }
        Self { change, opening, undo, notes }
    }
}

fn entries(manifest: &Document, field: &str) -> Entries {
    let entries = manifest.0.pointer(&format!("/metadata/{field}")).and_then(Value::as_object);
    entries
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// The keys that an earlier manifest set: as boathook stored them, or else as `kubectl apply` did.
fn remembered(service: &Service) -> Keys {
    let annotations = service.annotations();
    if let Some(text) = annotations.get(SET_BY_MANIFEST) {
        let Keys { labels, mut annotations } = serde_json::from_str(text).unwrap_or_default();
        annotations.insert(SET_BY_MANIFEST.to_owned());
        return Keys { labels, annotations };
    }
    let applied: Option<Value> =
        annotations.get(LAST_APPLIED).and_then(|text| serde_json::from_str(text).ok());
    let applied = applied.as_ref().and_then(|applied| applied.get("metadata")?.as_object());
    applied
        .map(|metadata| Keys {
            labels: keys(metadata, "labels"),
            annotations: keys(metadata, "annotations"),
        })
        .unwrap_or_default()
}

/// Only the differences from the service.
fn changed(
    wanted: Entries,
    before: &BTreeSet<String>,
    has: &Entries,
) -> BTreeMap<String, Option<String>> {
    let is_gone = |key: &&String| {
        !NOT_OURS.contains(&key.as_str()) && has.contains_key(*key) && !wanted.contains_key(*key)
    };
    let mut changes: BTreeMap<_, _> =
        before.iter().filter(is_gone).map(|key| (key.clone(), None)).collect();
    let set = wanted.into_iter().filter(|(key, value)| has.get(key) != Some(value));
    changes.extend(set.map(|(key, value)| (key, Some(value))));
    changes
}

/// The change that restores what `service` has now.
fn undo(change: &MetadataChange, service: &Service) -> MetadataChange {
    let now = |wanted: &BTreeMap<String, Option<String>>, has: &Entries| {
        wanted.keys().map(|key| (key.clone(), has.get(key).cloned())).collect()
    };
    MetadataChange {
        labels: now(&change.labels, service.labels()),
        annotations: now(&change.annotations, service.annotations()),
    }
}

/// The changes as text; none if no key of a manifest changes.
fn changes_note(change: &MetadataChange, service: &Service) -> Option<String> {
    let one =
        |kind: &str, key: &str, value: Option<&String>, had: Option<&String>| match (value, had) {
            (Some(value), Some(had)) => {
                format!("{kind} {key}: {} becomes {}", shown(had), shown(value))
            }
            (Some(value), None) => format!("{kind} {key}: {} is set", shown(value)),
            (None, _) => format!("{kind} {key} goes, because the manifest no longer names it"),
        };
    let of = |kind: &'static str,
              wanted: &BTreeMap<String, Option<String>>,
              has: &Entries|
     -> Vec<String> {
        let own = wanted.iter().filter(|(key, _)| *key != SET_BY_MANIFEST);
        own.map(|(key, value)| one(kind, key, value.as_ref(), has.get(key))).collect()
    };
    let all = [
        of("label", &change.labels, service.labels()),
        of("annotation", &change.annotations, service.annotations()),
    ]
    .concat();
    (!all.is_empty()).then(|| format!("of the service itself: {}", all.join("; ")))
}

fn shown(value: &str) -> String {
    format!("`{}`", marked_beginning(value, SHOWN_MAX, " ..."))
}

fn visibility(local: bool, in_stages: bool) -> String {
    match (local, in_stages) {
        (true, true) => "visibility changes from public to cluster-local, before the new revision is there: from then on only requests from inside the \
                         cluster are answered, those from outside get 404; a rollback makes it public again"
            .to_owned(),
        (true, false) => "visibility changes from public to cluster-local: only requests from inside the cluster are answered".to_owned(),
        (false, true) => "visibility changes from cluster-local to public, once the new revision has all traffic and before the last check: from then on \
                          requests from outside the cluster are answered; a rollback makes it cluster-local again"
            .to_owned(),
        (false, false) => "visibility changes from cluster-local to public: requests from outside the cluster are answered".to_owned(),
    }
}
