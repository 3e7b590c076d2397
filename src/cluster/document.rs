//! A Kubernetes object as JSON, and the few things that boathook reads of any object.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One object of a manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Document(pub Value);

/// A Knative service's `spec.template`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template(pub Value);

impl Document {
    /// Whether it has its service reached from inside the cluster only.
    #[must_use]
    pub fn is_cluster_local(&self) -> bool {
        self.0["metadata"]["labels"]["networking.knative.dev/visibility"] == "cluster-local"
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.0.pointer(pointer).and_then(Value::as_str)
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

    /// The object's namespace, where it names one.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.text("/metadata/namespace")
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

    /// Whether it is a namespace.
    #[must_use]
    pub fn is_namespace(&self) -> bool {
        self.kind() == "Namespace" && self.api_version() == "v1"
    }
}
