//! Whether an object in the cluster is as `kubectl apply` last made it, so that another apply of the
//! same manifest would change nothing.
//!
//! In doubt it is not: an apply that was not needed costs time, one that was left out costs more.

use serde_json::{Map, Number, Value};

use crate::objects::{Document, quantity::billionths};

/// The annotation in which `kubectl apply` stores what it applied.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The fields of a spec in which the API server writes quantities in its own way: `1024Mi` becomes
/// `1Gi`.
const QUANTITIES: [&str; 5] = ["limits", "requests", "hard", "capacity", "sizeLimit"];

impl Document {
    /// What `kubectl apply` stored in this object of the cluster; none if it did not make it.
    #[must_use]
    pub fn last_applied(&self) -> Option<Value> {
        let stored = self.0.pointer("/metadata/annotations")?.get(LAST_APPLIED)?.as_str()?;
        serde_json::from_str(stored).ok()
    }

    /// Whether both state the same.
    #[must_use]
    pub fn states_the_same(&self, other: &Self) -> bool {
        is_same(&as_stored(self.0.clone()), &as_stored(other.0.clone()))
    }

    /// Whether this manifest is the last that `kubectl apply` made `live` from; others may have
    /// changed it since.
    #[must_use]
    pub fn was_applied_to(&self, live: &Self) -> bool {
        live.last_applied().is_some_and(|applied| self.states_the_same(&Self(applied)))
    }

    /// This manifest with the values that `live` has in its place; what it lacks is left out.
    #[must_use]
    pub fn with_values_of(&self, live: &Self) -> Self {
        Self(values_of(&self.0, &live.0))
    }

    /// Whether `live` was made from this manifest by `kubectl apply`, and holds every value that
    /// the manifest states: nobody changed or deletes it since.
    #[must_use]
    pub fn is_as_applied(&self, live: &Self) -> bool {
        let Some(applied) = live.last_applied() else { return false };
        live.0["metadata"]["deletionTimestamp"].is_null()
            && is_same(&as_stored(self.0.clone()), &as_stored(applied.clone()))
            && holds(&live.0, &as_stored(applied), Place::Root)
    }
}

fn values_of(stated: &Value, live: &Value) -> Value {
    match (stated, live) {
        (Value::Object(stated), Value::Object(live)) => {
            let kept = |(key, stated): (&String, &Value)| {
                Some((key.clone(), values_of(stated, live.get(key)?)))
            };
            Value::Object(stated.iter().filter_map(kept).collect())
        }
        (_, live) => live.clone(),
    }
}

/// A manifest without what kubectl adds to or leaves out of what it stores: its own annotation, and
/// `annotations: {}`. Nobody can set when an object was created, but generated manifests do.
fn as_stored(mut manifest: Value) -> Value {
    let Some(metadata) = manifest.get_mut("metadata").and_then(Value::as_object_mut) else {
        return manifest;
    };
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.remove(LAST_APPLIED);
    }
    let is_empty = |value: &Value| value.as_object().is_none_or(Map::is_empty);
    if metadata.get("annotations").is_some_and(is_empty) {
        metadata.remove("annotations");
    }
    if metadata.get("creationTimestamp").is_some_and(Value::is_null) {
        metadata.remove("creationTimestamp");
    }
    manifest
}

/// Whether two manifests state the same; a number is the same however it is written.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|other| is_same(value, other)))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Number(one), Value::Number(other)) => is_same_number(one, other),
        _ => one == other,
    }
}

fn is_same_number(one: &Number, other: &Number) -> bool {
    let is_whole = |number: &Number| number.is_i64() || number.is_u64();
    if is_whole(one) && is_whole(other) { one == other } else { one.as_f64() == other.as_f64() }
}

/// Where in an object a value is.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Spec,
    Quantity,
    Elsewhere,
}

impl Place {
    fn below(self, key: &str) -> Self {
        match self {
            Self::Root if key == "spec" => Self::Spec,
            Self::Root | Self::Elsewhere => Self::Elsewhere,
            Self::Spec if QUANTITIES.contains(&key) => Self::Quantity,
            Self::Spec | Self::Quantity => self,
        }
    }
}

/// Whether `live` has everything that `stated` does; it may have more fields, but not more parts of
/// a list.
fn holds(live: &Value, stated: &Value, place: Place) -> bool {
    match (live, stated) {
        (Value::Object(live), Value::Object(stated)) => stated.iter().all(|(key, stated)| {
            holds(live.get(key).unwrap_or(&Value::Null), stated, place.below(key))
        }),
        (Value::Array(live), Value::Array(stated)) => {
            live.len() == stated.len()
                && live.iter().zip(stated).all(|(live, stated)| holds(live, stated, place))
        }
        _ if place == Place::Quantity => {
            is_same(live, stated)
                || quantity(live).is_some_and(|found| quantity(stated) == Some(found))
        }
        _ => is_same(live, stated),
    }
}

/// A quantity may be written as a number too.
fn quantity(value: &Value) -> Option<i128> {
    match value {
        Value::String(text) => billionths(text),
        Value::Number(number) => billionths(&number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
