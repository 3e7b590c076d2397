//! A Kubernetes object as JSON, and the fields that boathook reads of any object.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::objects::{
    cluster_scoped::{group_of, is_cluster_scoped},
    metadata_change::{CLUSTER_LOCAL, VISIBILITY},
};

/// One object of a manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Document(pub Value);

/// A Knative service's `spec.template`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template(pub Value);

impl Document {
    /// Whether it makes its service cluster-local.
    #[must_use]
    pub fn is_cluster_local(&self) -> bool {
        self.0["metadata"]["labels"][VISIBILITY] == CLUSTER_LOCAL
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.0.pointer(pointer).and_then(Value::as_str)
    }

    /// Replaces the text at a JSON pointer, if there is one.
    pub fn set_text(&mut self, pointer: &str, text: &str) {
        if let Some(Value::String(place)) = self.0.pointer_mut(pointer) {
            text.clone_into(place);
        }
    }

    /// The group and version of the object's kind, such as `v1` or `apps/v1`.
    #[must_use]
    pub fn api_version(&self) -> &str {
        self.text("/apiVersion").unwrap_or_default()
    }

    /// The object's kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.text("/kind").unwrap_or_default()
    }

    /// The object's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text("/metadata/name").unwrap_or_default()
    }

    /// The object's namespace, if it names one; an empty name is none, as for kubectl.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.text("/metadata/namespace").filter(|name| !name.is_empty())
    }

    /// Whether it is in a namespace, or names none and is applied to it.
    #[must_use]
    pub fn may_be_in(&self, namespace: &str) -> bool {
        self.namespace().is_none_or(|own| own == namespace)
    }

    /// The fully qualified kind for `kubectl get`: `job.v1.batch`.
    #[must_use]
    pub fn resource(&self) -> String {
        let kind = self.kind().to_lowercase();
        match self.api_version().split_once('/') {
            Some(_) if self.is_knative_service() => "ksvc".to_owned(),
            Some((group, version)) => format!("{kind}.{version}.{group}"),
            None => kind,
        }
    }

    /// What kubectl calls the object in its output: `service.serving.knative.dev/game`.
    #[must_use]
    pub fn qualified_name(&self) -> String {
        let kind = self.kind().to_lowercase();
        match self.api_version().split_once('/') {
            Some((group, _)) => format!("{kind}.{group}/{}", self.name()),
            None => format!("{kind}/{}", self.name()),
        }
    }

    /// Whether it is a Knative service (and not a core one).
    #[must_use]
    pub fn is_knative_service(&self) -> bool {
        self.kind() == "Service" && self.api_version().starts_with("serving.knative.dev/")
    }

    /// Whether it is a Secret.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.kind() == "Secret" && self.api_version() == "v1"
    }

    /// Its kind and name, without what it holds.
    #[must_use]
    pub fn only_its_name(&self) -> Self {
        let field = |field: &str| {
            let value = self.0.pointer("/metadata")?.get(field)?.clone();
            Some((field.to_owned(), value))
        };
        let metadata: Map<String, Value> =
            ["name", "namespace"].into_iter().filter_map(field).collect();
        Self(json!({"apiVersion": self.api_version(), "kind": self.kind(), "metadata": metadata}))
    }

    /// Its kind, namespace and name for people: `ConfigMap shop/settings`.
    #[must_use]
    pub fn shown_name(&self) -> String {
        let place = self.namespace().map(|namespace| format!("{namespace}/")).unwrap_or_default();
        format!("{} {place}{}", self.kind(), self.name())
    }

    /// Its UID, if the cluster has it.
    #[must_use]
    pub fn uid(&self) -> Option<&str> {
        self.text("/metadata/uid")
    }

    /// The version of its last change, if the cluster has it.
    #[must_use]
    pub fn resource_version(&self) -> Option<&str> {
        self.text("/metadata/resourceVersion")
    }

    /// Whether the cluster has begun to delete it.
    #[must_use]
    pub fn is_going(&self) -> bool {
        self.text("/metadata/deletionTimestamp").is_some()
    }

    /// Whether both are about the same object, whatever they say of it and in whichever version of
    /// its kind.
    #[must_use]
    pub fn is_same_object(&self, other: &Self) -> bool {
        group_of(self.api_version()) == group_of(other.api_version())
            && self.kind() == other.kind()
            && self.name() == other.name()
            && self.namespace() == other.namespace()
    }

    /// Whether its kind is known to be cluster-scoped. Other such kinds may get a namespace:
    /// kubectl and the API server drop it.
    #[must_use]
    pub fn is_cluster_scoped(&self) -> bool {
        is_cluster_scoped(group_of(self.api_version()), self.kind())
    }

    /// Whether it is a Job, whose template can never be changed.
    #[must_use]
    pub fn is_job(&self) -> bool {
        self.kind() == "Job" && self.api_version().starts_with("batch/")
    }

    /// Whether it is a namespace.
    #[must_use]
    pub fn is_namespace(&self) -> bool {
        self.kind() == "Namespace" && self.api_version() == "v1"
    }
}
