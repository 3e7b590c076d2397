//! What boathook reads of a Kubernetes event: its object and its message.

use jiff::Timestamp;
use serde::Deserialize;

/// An event, as the cluster shows it at one time. Its words are untrusted wherever they are shown.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    #[serde(default)]
    metadata: Metadata,
    /// One word, for machines, such as `FailedMount`.
    #[serde(default)]
    pub reason: String,
    /// A sentence for people.
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    involved_object: InvolvedObject,
    last_timestamp: Option<Timestamp>,
    event_time: Option<Timestamp>,
    series: Option<Series>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Metadata {
    name: String,
}

/// The object that an event is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[serde(rename_all = "camelCase")]
struct InvolvedObject {
    kind: String,
    field_path: String,
    name: String,
    uid: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Series {
    last_observed_time: Option<Timestamp>,
}

impl Event {
    /// The event's own name.
    #[must_use]
    pub(crate) fn own_name(&self) -> &str {
        &self.metadata.name
    }

    /// The kind of the object that it is about.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.involved_object.kind
    }

    /// The name of the object that it is about.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.involved_object.name
    }

    /// The container that it is about, if it is about one.
    #[must_use]
    pub fn container(&self) -> Option<&str> {
        self.involved_object.field_path.strip_prefix("spec.containers{")?.strip_suffix('}')
    }

    /// Whether it may be about the object with this UID; an event may lack a UID.
    #[must_use]
    pub(crate) fn may_be_about(&self, uid: &str) -> bool {
        self.involved_object.uid.as_deref().is_none_or(|own| own.is_empty() || own == uid)
    }

    /// When it happened, or happened for the last time.
    #[must_use]
    pub(crate) fn last_seen(&self) -> Option<Timestamp> {
        let last = self.series.as_ref().and_then(|series| series.last_observed_time);
        last.or(self.last_timestamp).or(self.event_time)
    }

    /// Whether it is known to have last happened before `time`. The API server keeps events for an
    /// hour.
    #[must_use]
    pub(crate) fn is_older_than(&self, time: Timestamp) -> bool {
        self.last_seen().is_some_and(|seen| seen < time)
    }
}
